// Which of several findings is told first. The one rule for all who list them for people.
#pragma once

#include "userspace/finding/finding.h"

namespace vialens {

// Trouble: a symptom with its cause, or something critical that is strong.
bool is_trouble(const Finding& finding) noexcept;

// Trouble before other alarms, those before hints, and notes last; a symptom with its cause before all, and what only
// informs behind what warns. Then what is surer, then what is more severe, then what does more harm: what people feel,
// what a router did to an address that media or calls are sent to, what it did to anything else. Then the later one.
bool graver(const Finding& a, const Finding& b) noexcept;
// The same of kinds, as far as they tell.
bool graver(const FindingKind& a, const FindingKind& b) noexcept;

}  // namespace vialens

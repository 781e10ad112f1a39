// What the engine says of a talk: it gets both sides of the router as it would from two taps.
#pragma once

#include <string>
#include <vector>

#include "userspace/crossing/fingerprint.h"
#include "userspace/finding/finding.h"
#include "userspace/probe/link.h"
#include "userspace/sink/sink.h"

namespace vialens {

struct Judgement {
  std::vector<Finding> findings;  // one of a kind, the surest; no notes
  std::vector<AlgGuess> guesses;  // the likeliest first
  Totals totals;

  std::uint64_t crossed() const noexcept { return totals.crossings_unchanged + totals.crossings_rewritten(); }
  Grade grade() const noexcept;  // the worst
};

Judgement judge(const std::vector<Sight>& sights, Transport transport);

}  // namespace vialens

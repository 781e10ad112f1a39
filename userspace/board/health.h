// Is this box healthy? One sentence that a help desk can read aloud.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "userspace/finding/finding.h"
#include "userspace/sink/sink.h"

namespace vialens {

struct Health {
  enum class Level : std::uint8_t { unknown, green, amber, red } level = Level::unknown;
  std::string sentence;
  std::string remedy;                      // empty: nothing to do
  std::vector<std::string_view> findings;  // ids that it rests on, the gravest first
};

std::string_view to_string(Health::Level level) noexcept;

// `active`: the findings about what goes on now. Red: a critical one that is strong, or a symptom with its cause.
// Amber: any other alarm, or packets missed. Unknown: nothing was seen that would tell.
Health health_of(const Summary& now, const std::vector<const Finding*>& active);

}  // namespace vialens

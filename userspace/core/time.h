// Time as the packets carry it. Nothing behind the capture reads a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vialens {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;  // UTC

// What is done once a second is due again then: at whole seconds, so that one such thing does not drift against
// another.
inline Time next_second(Time now) { return std::chrono::floor<std::chrono::seconds>(now) + std::chrono::seconds(1); }

std::string to_rfc3339(Time time);  // "2026-11-21T07:30:28.123456Z"

// A time as people write it: RFC 3339, of which the end may be missing ("2026-11-21", "2026-11-21T07:30"; UTC where no
// zone is given), or how long ago ("90s", "15m", "2h", "7d", before `now`). Nothing for anything else.
std::optional<Time> parse_time(std::string_view text, Time now);

}  // namespace vialens

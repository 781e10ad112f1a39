// Time as the packets carry it. Nothing behind the capture reads a clock.
#pragma once

#include <chrono>
#include <string>

namespace vialens {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;  // UTC

std::string to_rfc3339(Time time);  // "2026-11-21T07:30:28.123456Z"

}  // namespace vialens

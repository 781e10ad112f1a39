// What all that is printed for a person has in common.
#pragma once

#include <string>
#include <string_view>

#include "userspace/call/call.h"
#include "userspace/finding/finding.h"

namespace vialens {

// Codes of ANSI colours (ECMA-48 8.3.117).
namespace ansi {
inline constexpr std::string_view kBold = "1", kDim = "2", kRed = "31", kGreen = "32", kYellow = "33", kCyan = "36";
}  // namespace ansi

// Text in a colour, where colours are wanted.
struct Paint {
  bool on = false;
  std::string operator()(std::string_view text, std::string_view code) const;
};

std::string_view colour_of(Severity severity) noexcept;
std::string clock_of(Time time);  // "07:30:28.123", UTC

// "lan    in  203.0.113.7:30000 > 192.168.77.10:40000  PCMU  500 packets, 0.4 % lost, jitter 0.2 ms, MOS about 4.3"
std::string media_line(const Call& call, const CallStream& stream);

}  // namespace vialens

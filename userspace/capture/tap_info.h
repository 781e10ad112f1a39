// What there is to say about a tap, and what it has counted.
#pragma once

#include <string>
#include <string_view>

#include "userspace/capture/piece.h"

namespace vialens {

struct TapInfo {
  TapId id = 0;
  std::string name;       // "lan", "wan", or the capture file's or interface's name where there is no side
  std::string interface;  // interface or file
  Side side = Side::unknown;
  Direction direction = Direction::unknown;
  std::string hook;  // "xdp", "tcx", "clsact", "file"
};

using TapCounters = vialens_counters;

std::string_view to_string(vialens_outcome outcome) noexcept;  // "lost-ring"

std::uint64_t packets(const TapCounters& counters) noexcept;  // all of them
std::uint64_t lost(const TapCounters& counters) noexcept;     // ours, and not handed up in full
void add(TapCounters& sum, const TapCounters& counters) noexcept;

}  // namespace vialens

// What labels can say, but for the names of taps and interfaces, which the operator gave.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "userspace/call/call.h"
#include "userspace/crossing/compare.h"
#include "vialens/abi.h"

namespace vialens {

inline constexpr std::array<std::string_view, 6> kPacketClasses{"sip", "rtp", "rtcp", "stun", "fragment", "other"};
inline constexpr std::array<std::string_view, 4> kLossCauses{"ring", "copy", "size", "flow_table"};
inline constexpr std::array<std::string_view, 4> kCrossingResults{"unchanged", "rewritten", "lost", "injected"};
// How a call can be when it is forgotten.
inline constexpr std::array kCallOutcomes{CallState::answered, CallState::ended, CallState::cancelled,
                                          CallState::failed, CallState::unanswered};

// What the budget of series reckons with: interfaces of one side, tables.
inline constexpr std::size_t kMostInterfacesPerTap = 8, kMostTables = 32;

std::size_t class_of(vialens_outcome outcome) noexcept;  // into kPacketClasses

}  // namespace vialens

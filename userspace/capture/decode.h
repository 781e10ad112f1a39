// From the kernel's record to a Piece.
#pragma once

#include "userspace/capture/piece.h"

namespace vialens {

// `bytes` follow the event in the ring; `time` is its time in UTC. The Piece refers to both.
Piece decode(const vialens_event& event, std::string_view bytes, Time time) noexcept;

}  // namespace vialens

// From the kernel's records to ours.
#pragma once

#include "userspace/capture/flow.h"
#include "userspace/capture/piece.h"

namespace vialens {

// `bytes` follow the event in the ring; `time` is its time in UTC. The Piece refers to both.
Piece decode(const vialens_event& event, std::string_view bytes, Time time) noexcept;

// `utc`: what its times have to be moved by to be UTC.
Flow decode(const vialens_flow_key& key, const vialens_flow& flow, Duration utc) noexcept;

}  // namespace vialens

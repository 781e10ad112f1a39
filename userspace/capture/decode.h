// From the kernel's records to ours, and back.
#pragma once

#include <utility>

#include "userspace/capture/flow.h"
#include "userspace/capture/media_endpoint.h"
#include "userspace/capture/piece.h"

namespace vialens {

// `bytes` follow the event in the ring; `time` is its time in UTC. The Piece refers to both.
Piece decode(const vialens_event& event, std::string_view bytes, Time time) noexcept;

// `utc`: what its times have to be moved by to be UTC.
Flow decode(const vialens_flow_key& key, const vialens_flow& flow, Duration utc) noexcept;
RtcpSource decode(const vialens_flow_key& key, const vialens_rtcp& rtcp, Duration utc) noexcept;

// Of more clock rates than an entry has room for, the first ones.
std::pair<vialens_endpoint_key, vialens_endpoint> encode(const MediaEndpoint& endpoint) noexcept;
// What the entry has to be after `known` was announced again as `anew`: an end point of RTP stays one when T.38 is
// offered for it, which may be refused; one of T.38 is over when RTP alone is announced.
vialens_endpoint merged(const vialens_endpoint& known, const vialens_endpoint& anew) noexcept;

}  // namespace vialens

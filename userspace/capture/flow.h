// What one RTP stream has told at one tap up to now.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "userspace/capture/piece.h"

namespace vialens {

// Counts run from the flow's first packet on. Nobody announced it: what is not `believed` may be something else that
// looks like RTP. A flow that begins anew because the table was full for a while begins at 0 again, with a later
// `first`.
struct Flow {
  TapId tap = 0;
  Endpoint source, destination;
  std::uint32_t ssrc = 0;
  Time first, last;
  Duration longest_gap{};  // between two packets
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;                       // behind the RTP header, padding included
  std::uint64_t silent = 0;                      // packets of G.711 that say nothing
  std::uint64_t comfort_noise = 0;               // packets of payload type 13
  std::uint8_t payload_type = 0;                 // of the last packet
  std::array<std::uint64_t, 2> payload_types{};  // those that were seen, one bit each
  bool believed = false;                         // two packets in sequence were seen (RFC 3550 A.1)
};

using FlowSink = std::function<void(const Flow&)>;

}  // namespace vialens

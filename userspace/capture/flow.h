// One RTP stream at one tap: what has been accounted of it so far.
#pragma once

#include <array>
#include <cstdint>

#include "userspace/capture/piece.h"

namespace vialens {

struct Flow {
  TapId tap = 0;
  Endpoint source, destination;
  std::uint32_t ssrc = 0;
  Time first, last;
  Duration longest_gap{};  // between two packets that follow each other
  std::uint64_t packets = 0, bytes = 0;
  std::uint64_t silent = 0;                      // G.711 packets whose samples are all the same
  std::uint64_t comfort_noise = 0;               // payload type 13 (RFC 3389)
  std::uint8_t payload_type = 0;                 // of the last packet
  std::array<std::uint64_t, 2> payload_types{};  // all that were seen, a bit each
  bool believed = false;                         // two packets in sequence were seen (RFC 3550 A.1)
};

}  // namespace vialens

// A whole SIP message as bytes, whatever it came in: the reassembly's output.
#pragma once

#include <cstdint>
#include <string_view>

#include "userspace/capture/piece.h"

namespace vialens {

struct Payload {
  Time time;  // of the packet that completed it
  TapId tap = 0;
  Transport transport = Transport::udp;
  Endpoint source, destination;
  std::uint32_t ip_id = 0;               // 0 for streams
  bool cut = false;                      // the capture has less of it than the wire had
  bool reassembled = false;              // came in more than one piece
  std::string_view bytes;                // valid during the call that hands the payload over
  const vialens_match* match = nullptr;  // the kernel's hint, where the payload was one piece; same lifetime
};

}  // namespace vialens

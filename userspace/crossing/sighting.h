// One SIP message seen at one tap.
#pragma once

#include "userspace/capture/tap_info.h"
#include "userspace/reassembly/payload.h"
#include "userspace/sip/message.h"

namespace vialens {

struct Sighting {
  const TapInfo* tap = nullptr;
  Time time;
  Transport transport = Transport::udp;
  Endpoint source, destination;
  std::uint32_t ip_id = 0;
  bool cut = false;                       // the capture has less of it than the wire had
  const sip::Message* message = nullptr;  // its bytes are message->bytes()
  std::uint64_t number = 0;               // of all messages at all taps, from 1
};

}  // namespace vialens

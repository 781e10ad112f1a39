// A message at one tap, as transactions and dialogs are told of it.
#pragma once

#include <string_view>

#include "userspace/capture/tap_info.h"
#include "userspace/core/address.h"
#include "userspace/core/time.h"
#include "userspace/sip/message.h"

namespace vialens {

struct Arrival {
  Side side = Side::unknown;
  Time time;
  Transport transport = Transport::udp;
  const Endpoint& source;
  const Endpoint& destination;
  const sip::Message& message;
  std::string_view call_id;  // as the call is known; the message may have another, which a router gave it
};

}  // namespace vialens

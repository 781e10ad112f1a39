// Where somebody announced that he wants to receive media: what the capture has to know to recognise it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "userspace/core/address.h"

namespace vialens {

struct MediaEndpoint {
  struct Type {
    std::uint8_t number = 0;
    std::uint32_t clock_rate = 0;  // Hz
    bool event = false;            // telephone-event (RFC 4733)
  };

  Endpoint at;
  bool rtp = false, rtcp = false;  // both: RFC 5761
  bool fax = false;                // T.38 over UDPTL
  std::vector<Type> types;         // payload types; static ones need not be there
};

using EndpointSink = std::function<void(const MediaEndpoint&)>;

}  // namespace vialens

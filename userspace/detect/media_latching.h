// Who answers to where media comes from (latching, RFC 7362): sends to a party at another place than the private
// address that was announced to it. To such a one that address does no harm, and if it sends nothing, that is not why.
//
// What one media server of a network does, the others do: networks are remembered, not addresses.
#pragma once

#include "userspace/call/call_media.h"
#include "userspace/core/memory.h"

namespace vialens {

class Latching {
 public:
  void observe(const Flow& flow, const CallMedia::Joined& joined, const TapInfo& tap);
  // In some call, to some phone.
  bool seen_of(const Address& media_server) const;

 private:
  Memory<bool> networks_{4096};
};

// In this call, from the network of this media server to this party.
bool latches(const CallMedium& call, Party party, const Address& media_server);

}  // namespace vialens

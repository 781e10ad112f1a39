// SIP messages as the frames that carried them, made anew: what was kept is the message, not its packets.
//
// Lengths and checksums are right (RFC 791, 8200, 768, 9293). Over UDP a message is one packet, however long; over TCP
// it goes on where the one before it on the same connection ended, as if the connection had begun with it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "userspace/evidence/call_record.h"

namespace vialens {

class Packets {
 public:
  // Messages of one tap are to come in the order of time. More than one packet for a long message over TCP.
  std::vector<std::string> of(const LoggedMessage& message);

 private:
  using Connection = std::tuple<std::string, Endpoint, Endpoint>;  // one way, at the tap of that name
  std::map<Connection, std::uint32_t> next_;                       // sequence numbers
};

}  // namespace vialens

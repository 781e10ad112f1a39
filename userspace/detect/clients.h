// Which of the addresses on a side are phones' (or the NAT's in front of them), and which are the provider's.
//
// With one side in sight this must be inferred, and everything said of "the phone's own address" rests on it: who
// registers is a phone, and so is who sends a request whose only Via names another address than it comes from (RFC 3261
// 18.2.1: a proxy would have added its own).
#pragma once

#include "userspace/core/memory.h"
#include "userspace/crossing/sighting.h"

namespace vialens {

class Clients {
 public:
  void observe(const Sighting& sighting);
  // Both ends are known to be what the message makes them: it comes from a phone's address, and goes to no phone's.
  bool sent_by_client(const Sighting& sighting) const;
  bool is_client(Side side, const Address& address) const;
  bool is_provider(Side side, const Address& address) const;

 private:
  enum class Role : std::uint8_t { unknown, client, provider };
  Role role(Side side, const Address& address) const;
  void note(Side side, const Address& address, Role role);

  Memory<Role> roles_;
};

}  // namespace vialens

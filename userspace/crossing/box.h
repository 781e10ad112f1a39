// What the crossings show of the box: its outside addresses, and which phone is behind which of its ports.
#pragma once

#include <optional>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/crossing/crossing.h"

namespace vialens {

// A binding of the NAT, as far as SIP showed it.
struct Binding {
  Endpoint inside, outside;
  Time first{}, last{};  // any message
  Time last_in{};        // one towards the phone
};

class Box {
 public:
  void observe(const Crossing& crossing);

  // An address that the box shows outside for phones that have another one.
  bool owns(const Address& address) const noexcept;
  // By the end point outside; nullptr if no message was seen to cross through it.
  const Binding* binding(const Endpoint& outside) const noexcept;
  // The latest one of this phone's end point towards this other end.
  const Binding* binding_of(const Endpoint& inside, const Endpoint& remote) const noexcept;
  // Of the phone, whatever port it used: what was seen of it last.
  const Binding* binding_of(const Address& inside, const Endpoint& remote) const noexcept;

  struct OutsideAddress {
    Address address;
    Time first{}, last{};  // in use
  };
  const std::vector<OutsideAddress>& addresses() const noexcept { return addresses_; }

 private:
  static constexpr std::size_t kMostAddresses = 64;  // of one box; a capture behind several shows more

  std::vector<OutsideAddress> addresses_;
  Memory<Binding> by_outside_, by_inside_, by_phone_;
};

}  // namespace vialens

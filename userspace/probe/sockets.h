// Sockets for probe and reflector: IPv4 and IPv6 by one kind, addresses as the rest of vialens has them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/core/address.h"
#include "userspace/core/file_descriptor.h"

namespace vialens {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) noexcept : descriptor_(descriptor) {}

  int get() const noexcept { return descriptor_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(descriptor_); }

  // Bound to all addresses, or to `family`'s only (AF_INET, AF_INET6); port 0: any. Throw std::system_error.
  static Socket udp(std::uint16_t port, int family);
  static Socket listening(std::uint16_t port, int family);
  // Connected within that time. `from`: the local port; 0: any.
  static Socket connected(const Endpoint& to, std::chrono::milliseconds patience, std::uint16_t from = 0);

  Endpoint local() const;                              // its own end
  std::optional<Socket> accept(Endpoint& from) const;  // nothing if nobody waits

  // `by`: the address of this host to send from; nullptr: the system's choice, which may be another than was sent to.
  bool send_to(std::string_view bytes, const Endpoint& to, const Address* by = nullptr) const;
  // A datagram, and whence; nothing if none came in that time. `at`, if it is not nullptr: to which address of this
  // host.
  std::optional<std::string> receive(std::chrono::milliseconds patience, Endpoint& from, Address* at = nullptr) const;
  // All of it, over TCP; false if it is closed, or whoever reads it does not for that time.
  bool send(std::string_view bytes, std::chrono::milliseconds patience = std::chrono::seconds(2)) const;
  // What is there, over TCP; "" at its end, nothing if nothing came in that time.
  std::optional<std::string> read(std::chrono::milliseconds patience) const;

 private:
  FileDescriptor descriptor_;
};

// The addresses of a host, or the one that it is; throws InputError if there is none.
Address resolve(const std::string& host);
int family_of(const Address& address) noexcept;
// The address that packets to there leave from; throws std::system_error if there is no route.
Address local_address_towards(const Endpoint& to);

}  // namespace vialens

// IP addresses written somewhere in a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "userspace/core/address.h"

namespace vialens {

struct Literal {
  Address address;
  std::string_view text;  // as written, without brackets
};

// Walks over the IPv4 dotted quads and IPv6 literals of a text. A number that goes on ("192.168.1.334", "1.2.3.4.5") is
// no address; neither is a time, a MAC address or a fingerprint.
//     Literals literals(text);
//     while (auto literal = literals.next()) ...
class Literals {
 public:
  explicit Literals(std::string_view text) noexcept : text_(text) {}
  std::optional<Literal> next() noexcept;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// How often the address is written in the text.
std::size_t count(std::string_view text, const Address& address) noexcept;
inline bool mentions(std::string_view text, const Address& address) noexcept { return count(text, address) != 0; }

}  // namespace vialens

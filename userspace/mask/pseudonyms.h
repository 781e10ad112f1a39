// Other names for words and addresses, by a keyed hash (HMAC-SHA256): under one key the same always becomes the same,
// and without the key nobody can tell what it was.
//
// Words and octets are permuted, not hashed: two that differ never become one, so that what a diagnosis rests on (same
// or not the same) survives.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "userspace/core/address.h"

namespace vialens {

class Pseudonyms {
 public:
  explicit Pseudonyms(std::string_view key) : key_(key) {}

  // A run of letters and digits (and bytes over 127, UTF-8 or not), as long as it was: digits become digits, letters
  // letters, capitals capitals. Two spellings that differ in case only become two that differ in case only. Kept as
  // they are: emergency numbers (112, 911, ...) and names that stand for nobody ("anonymous").
  std::string word(std::string_view word) const;

  // IPv4: a private address stays in its block (RFC 1918, 6598, 3927) with as many digits in each octet, and those of a
  // subnet stay together. Any other becomes one of 240.0.0.0/4, which is nobody's, and those of a /24 stay together.
  // IPv6: the kind stays (fc00::/7, fe80::/10), and any other becomes one of 2001:db8::/32 (RFC 3849); those of a /48
  // and of a /64 stay together. Unspecified, loopback and multicast addresses are nobody's and stay.
  Address address(const Address& address) const;

  static bool is_kept(std::string_view word) noexcept;

 private:
  using Hash = std::array<std::uint8_t, 32>;
  std::string permuted(std::string_view word) const;
  Hash hash(std::string_view what) const;
  std::uint8_t octet(std::string_view prefix, std::uint8_t value, std::uint8_t least, std::uint8_t most) const;
  std::uint8_t octet_as_long(std::string_view prefix, std::uint8_t value, std::uint8_t least, std::uint8_t most) const;
  void v4(std::uint8_t* octets) const;
  void v6(Address& address) const;

  // The words and addresses of one call come again and again. Forgotten when full.
  static constexpr std::size_t kMostKnown = 32768, kLongestKnown = 64;

  std::string key_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::string> words_;
  mutable std::unordered_map<Address, Address> addresses_;
};

}  // namespace vialens

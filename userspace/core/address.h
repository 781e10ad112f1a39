// Where a packet came from or went to.
//
// IPv4 addresses are kept v4-mapped (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so that there is one type everywhere.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vialens {

struct Address {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Address&) const = default;

  bool is_v4() const noexcept;
  bool is_unspecified() const noexcept;  // 0.0.0.0 or ::
  // Addresses that no packet from the public Internet can be sent to: RFC 1918, 6598 (CGN), 3927, 7335 (464XLAT), 4193,
  // loopback, "this network", IPv6 link-local.
  bool is_private() const noexcept;
  bool is_loopback() const noexcept;  // 127.0.0.0/8 or ::1

  // Of the four bytes of an IPv4 address, as they stand in a packet.
  static Address of_v4(const std::array<std::uint8_t, 4>& quad) noexcept;
  // Reads an IPv4 dotted quad or an IPv6 literal, the latter with or without brackets. No name is resolved.
  static std::optional<Address> parse(std::string_view text) noexcept;
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
};

std::string to_string(const Address& address);    // "192.0.2.1", "2001:db8::1"
std::string to_string(const Endpoint& endpoint);  // "192.0.2.1:5060", "[2001:db8::1]:5060"

enum class Transport : std::uint8_t { udp, tcp };

std::string_view to_string(Transport transport) noexcept;

}  // namespace vialens

template <>
struct std::hash<vialens::Address> {
  std::size_t operator()(const vialens::Address& address) const noexcept;
};

template <>
struct std::hash<vialens::Endpoint> {
  std::size_t operator()(const vialens::Endpoint& endpoint) const noexcept;
};

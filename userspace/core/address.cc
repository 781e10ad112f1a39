#include "userspace/core/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vialens {
namespace {

constexpr std::array<std::uint8_t, 12> kV4Mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Address mapped(std::uint32_t v4) noexcept {
  Address address;
  std::copy(kV4Mapped.begin(), kV4Mapped.end(), address.bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) address.bytes[12 + i] = static_cast<std::uint8_t>(v4 >> (24 - 8 * i));
  return address;
}

// No leading zeros: "010" is ten to some readers and eight to others, so it is an address to none.
std::optional<std::uint32_t> parse_quad(std::string_view text) noexcept {
  std::uint32_t quad = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    std::uint32_t byte = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') {
      byte = byte * 10 + static_cast<std::uint32_t>(text[digits++] - '0');
    }
    if (digits == 0 || byte > 255 || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
    quad = quad << 8 | byte;
  }
  return text.empty() ? std::optional(quad) : std::nullopt;
}

struct V4Prefix {
  std::uint32_t address;
  int bits;
};

constexpr V4Prefix kPrivateV4[] = {
    {0x0a000000, 8},   // 10/8, RFC 1918
    {0xac100000, 12},  // 172.16/12
    {0xc0a80000, 16},  // 192.168/16
    {0x64400000, 10},  // 100.64/10, RFC 6598
    {0xa9fe0000, 16},  // 169.254/16, RFC 3927
    {0xc0000000, 29},  // 192.0.0.0/29, RFC 7335
    {0x7f000000, 8},   // loopback
    {0x00000000, 8},   // this network
};

std::uint64_t rotate(std::uint64_t x, int by) noexcept { return x << by | x >> (64 - by); }

// The finalizer of splitmix64: every bit of the input moves half of the output.
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

std::uint64_t hash_of(const Address& address, std::uint64_t seed) noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes.data(), 8);
  std::memcpy(&low, address.bytes.data() + 8, 8);
  return mix(mix(high ^ seed) ^ rotate(low * 0x9e3779b97f4a7c15U, 32));
}

}  // namespace

bool Address::is_v4() const noexcept { return std::memcmp(bytes.data(), kV4Mapped.data(), kV4Mapped.size()) == 0; }

bool Address::is_loopback() const noexcept {
  static constexpr Address kV6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return *this == kV6 || (is_v4() && bytes[12] == 127);
}

bool Address::is_unspecified() const noexcept { return *this == Address{} || *this == mapped(0); }

bool Address::is_private() const noexcept {
  if (is_v4()) {
    std::uint32_t v4 = 0;
    for (std::size_t i = 12; i < 16; ++i) v4 = v4 << 8 | bytes[i];
    return std::any_of(std::begin(kPrivateV4), std::end(kPrivateV4),
                       [v4](const V4Prefix& prefix) { return (v4 ^ prefix.address) >> (32 - prefix.bits) == 0; });
  }
  if ((bytes[0] & 0xfe) == 0xfc) return true;                      // fc00::/7, RFC 4193
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return true;  // fe80::/10
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes[15] <= 1;  // ::, ::1
}

Address Address::of_v4(const std::array<std::uint8_t, 4>& quad) noexcept {
  Address address;
  std::copy(quad.begin(), quad.end(), std::copy(kV4Mapped.begin(), kV4Mapped.end(), address.bytes.begin()));
  return address;
}

std::optional<Address> Address::parse(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = {text.data() + 1, text.size() - 2};
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const auto quad = parse_quad(text)) {
    return mapped(*quad);
  }
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  Address address;
  if (inet_pton(AF_INET6, terminated, address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool v4 = address.is_v4();
  inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text, sizeof text);
  return text;
}

std::string to_string(const Endpoint& endpoint) {
  const bool v4 = endpoint.address.is_v4();
  return fmt::format("{}{}{}:{}", v4 ? "" : "[", to_string(endpoint.address), v4 ? "" : "]", endpoint.port);
}

std::string_view to_string(Transport transport) noexcept { return transport == Transport::udp ? "udp" : "tcp"; }

}  // namespace vialens

std::size_t std::hash<vialens::Address>::operator()(const vialens::Address& address) const noexcept {
  return static_cast<std::size_t>(vialens::hash_of(address, 0));
}

std::size_t std::hash<vialens::Endpoint>::operator()(const vialens::Endpoint& endpoint) const noexcept {
  return static_cast<std::size_t>(vialens::hash_of(endpoint.address, endpoint.port + 1U));
}

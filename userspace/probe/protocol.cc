#include "userspace/probe/protocol.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>

#include "userspace/core/host_port.h"

namespace vialens {
namespace {

constexpr std::size_t kCookie = 32;  // hexadecimal digits

}  // namespace

std::string mark_of_probe(std::string_view cookie, unsigned number) { return fmt::format("vl-{}-{}-", cookie, number); }
std::string mark_of_reflector(std::string_view cookie, unsigned number) {
  return fmt::format("vr-{}-{}-", cookie, number);
}

std::optional<Mark> find_mark(std::string_view bytes, std::string_view beginning) {
  std::optional<Mark> found;
  for (std::size_t at = bytes.find(beginning); at != bytes.npos; at = bytes.find(beginning, at + 1)) {
    std::string_view rest = bytes.substr(at + beginning.size());
    if (rest.size() < kCookie + 3 || rest[kCookie] != '-') continue;
    const std::string_view cookie = rest.substr(0, kCookie);
    if (cookie.find_first_not_of("0123456789abcdef") != cookie.npos) continue;
    rest.remove_prefix(kCookie + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc{} && end != rest.data() + rest.size() && *end == '-') found = {std::string(cookie), number};
  }
  return found;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > kLongestLine) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto parts = parse_host_port(text);
  const auto address = parts ? Address::parse(parts->host) : std::nullopt;
  return address ? std::optional(Endpoint{*address, parts->port}) : std::nullopt;
}

}  // namespace vialens

#include "userspace/config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "userspace/core/address.h"
#include "userspace/core/host_port.h"

namespace vialens {
namespace {

constexpr std::size_t kLongestSocket = 107;  // sockaddr_un.sun_path, without its end

// Letters of a name; an address has been taken out of its brackets.
bool is_host(std::string_view text) {
  return Address::parse(text) || std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
                  c == '_';
         });
}

std::optional<HostPort> host_port(std::string_view text) {
  const auto parts = parse_host_port(text);
  return parts && is_host(parts->host) && parts->port != 0 ? parts : std::nullopt;
}

}  // namespace

std::string check_listen(std::string_view text) {
  if (text == "off") return "";
  const auto parts = host_port(text);
  if (!parts || (parts->host != "localhost" && !Address::parse(parts->host)))
    return fmt::format(R"("{}" is no address with a port, like "127.0.0.1:9760" or "[::1]:9760", nor "off")", text);
  return "";
}

std::string check_hep_target(std::string_view text) {
  const bool known = text.starts_with("udp:") || text.starts_with("tcp:") || text.starts_with("tls:");
  if (!known || !host_port(text.substr(4)))
    return fmt::format(R"("{}" is no target like "udp:homer.example:9060" (udp, tcp or tls, host and port))", text);
  return "";
}

std::string check_sha256(std::string_view text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  if (text.size() == 64 && std::all_of(text.begin(), text.end(), is_hex)) return "";
  // It may be the token itself: it is not repeated.
  return "this is no SHA-256 in 64 hexadecimal digits; make it with `printf %s TOKEN | sha256sum`";
}

std::string check_crypt_hash(std::string_view text) {
  constexpr std::string_view kMethods[] = {"$5$", "$6$", "$y$", "$gy$", "$7$", "$2b$"};
  const bool known = std::any_of(std::begin(kMethods), std::end(kMethods),
                                 [&](std::string_view method) { return text.starts_with(method); });
  if (known && text.size() > 20 && text.find_first_of(" :*!\\\n") == std::string_view::npos) return "";
  return "this is no hash of a password; make it with `openssl passwd -6` or `mkpasswd`";
}

std::string check_socket(std::string_view text) {
  if (!text.starts_with('/')) return fmt::format("\"{}\" is no absolute path", text);
  if (text.size() > kLongestSocket)
    return fmt::format("a path of {} characters: {} at most for a socket", text.size(), kLongestSocket);
  return "";
}

std::string check_file(std::string_view text) {
  if (text.ends_with('/')) return fmt::format("\"{}\" is a directory; name a file in it", text);
  return "";
}

bool is_loopback(std::string_view listen) {
  if (listen == "off") return true;
  const auto parts = host_port(listen);
  if (!parts) return false;
  const auto address = Address::parse(parts->host);
  return parts->host == "localhost" || (address && address->is_loopback());
}

}  // namespace vialens

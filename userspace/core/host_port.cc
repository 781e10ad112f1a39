#include "userspace/core/host_port.h"

#include <charconv>

namespace vialens {

std::optional<HostPort> parse_host_port(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  HostPort result{text.substr(0, colon), 0};
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc() || end != port.data() + port.size()) return {};
  if (result.host.starts_with('[') && result.host.ends_with(']')) {
    result.host = result.host.substr(1, result.host.size() - 2);
    if (!Address::parse(result.host)) return {};
  } else if (result.host.empty() || result.host.find_first_of(":[]") != std::string_view::npos) {
    return {};
  }
  return result;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) noexcept {
  const auto parts = parse_host_port(text);
  const auto address = parts ? Address::parse(parts->host) : std::nullopt;
  return address ? std::optional(Endpoint{*address, parts->port}) : std::nullopt;
}

}  // namespace vialens

// "HOST:PORT" as people write it: where to listen, where to send.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "userspace/core/address.h"

namespace vialens {

struct HostPort {
  std::string_view host;  // a name or an address; of an IPv6 address without its brackets
  std::uint16_t port = 0;
};

// Nothing without a host, without a port from 0 to 65535, for an IPv6 address without brackets, or for anything else in
// them. Whether a name is one is not looked at.
std::optional<HostPort> parse_host_port(std::string_view text) noexcept;
// The same with an address for its host, as to_string() writes it.
std::optional<Endpoint> parse_endpoint(std::string_view text) noexcept;

}  // namespace vialens

// The kernel's table of connections, over netlink (ctnetlink), which names the helper of each; nothing is changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "userspace/core/address.h"

namespace vialens {

struct TrackedFlow {
  std::string protocol;          // "udp", "tcp", or a number
  Endpoint source, destination;  // of the direction that began it
  std::string helper;            // "" if it has none
  std::uint32_t timeout = 0;     // s that are left
};

// "udp 192.168.77.10:5060 -> 203.0.113.7:5060 helper=sip, 3590 s left"
std::string to_string(const TrackedFlow& flow);

// Those of this network namespace whose destination or helper is of SIP: port 5060 or 5061, or helper "sip".
// `expected`: the connections that helpers expect, instead. Nothing where the kernel has no such table, or does not let
// us look.
std::optional<std::vector<TrackedFlow>> sip_flows(bool expected);

}  // namespace vialens

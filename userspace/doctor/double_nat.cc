// A second NAT behind this one: the address of the uplink is private, or of a provider's own NAT (RFC 6598).
#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"
#include "userspace/knowledge/gateway.h"

namespace vialens {
namespace {

std::vector<Address> addresses_of(const std::string& interface) {
  std::vector<Address> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET || interface != one->ifa_name) continue;
    char text[INET_ADDRSTRLEN];
    const auto* const address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != nullptr)
      if (const auto parsed = Address::parse(text)) found.push_back(*parsed);
  }
  freeifaddrs(all);
  return found;
}

}  // namespace

std::vector<Check> check_double_nat(const Host& host) {
  Check check{.id = "double-nat"};
  const auto gateway = default_gateway(host.root());
  if (!gateway) {
    check.reason = "There is no default route over IPv4 by a gateway, so no uplink to look at.";
    return {check};
  }
  const std::vector<Address> own = host.is_this() ? addresses_of(gateway->interface) : std::vector<Address>{};
  if (own.empty()) {
    check.reason = fmt::format("The uplink {} has no IPv4 address to look at.", gateway->interface);
    return {check};
  }
  check.state = State::ok;
  check.reason = fmt::format("The uplink {} has an address that is no private one.", gateway->interface);
  for (const Address& address : own) {
    check.evidence.push_back(fmt::format("{} {}", gateway->interface, to_string(address)));
    if (!address.is_private()) continue;
    check.reason = fmt::format(
        "The uplink {} has the private address {}: the box in front of this one translates once "
        "more, and may have an ALG of its own.",
        gateway->interface, to_string(address));
    // A host in a LAN, as opposed to a router, has one by right.
    check.state = is_router(host.root()) ? State::bad : State::ok;
    if (check.state == State::bad)
      check.fix = {
          fmt::format("# put the box at {} into bridge mode, or switch its SIP ALG off: vialens explain "
                      "nat-double",
                      to_string(gateway->address))};
  }
  return {check};
}

}  // namespace vialens

// The largest packet of the uplink: a long INVITE over UDP is cut into fragments above it (RFC 3261 18.1.1), which some
// boxes lose.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"
#include "userspace/knowledge/gateway.h"

namespace vialens {

std::vector<Check> check_mtu(const Host& host) {
  constexpr long kLeast = 1280, kEthernet = 1500;  // RFC 8200 5
  Check check{.id = "mtu"};
  const auto gateway = default_gateway(host.root());
  const auto mtu = gateway ? host.number("sys/class/net/" + gateway->interface + "/mtu") : std::nullopt;
  if (!mtu) {
    check.reason = "There is no default route over IPv4 by a gateway, so no uplink to look at.";
    return {check};
  }
  check.evidence = {fmt::format("{} mtu {}", gateway->interface, *mtu)};
  check.state = *mtu < kLeast ? State::bad : State::ok;
  check.reason = *mtu < kLeast ? fmt::format(
                                     "The uplink takes packets of {} bytes at most: ordinary SIP messages are cut "
                                     "into fragments, which may get lost.",
                                     *mtu)
                 : *mtu < kEthernet ? fmt::format(
                                          "The uplink takes packets of {} bytes at most (PPPoE or a tunnel): SIP "
                                          "messages above {} bytes are cut into fragments.",
                                          *mtu, *mtu - 28)
                                    : fmt::format("The uplink takes packets of {} bytes.", *mtu);
  if (check.state == State::bad)
    check.fix = {fmt::format("ip link set dev {} mtu 1500  # if what is beneath it takes that", gateway->interface)};
  return {check};
}

}  // namespace vialens

// How long the NAT remembers a connection over UDP. RFC 4787 REQ-5: not less than two minutes, and five are
// recommended; phones send something every 25 to 30 s only if they know of the NAT.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/fixes.h"
#include "userspace/doctor/host.h"

namespace vialens {

std::vector<Check> check_nat_timeouts(const Host& host) {
  constexpr long kLeast = 120, kRecommended = 300;
  Check check{.id = "nat-udp-timeout"};
  const auto answered = host.number("proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream");
  const auto first = host.number("proc/sys/net/netfilter/nf_conntrack_udp_timeout");
  if (!answered || !first) {
    const bool tracks = host.has_module("nf_conntrack", "nf_conntrack_in").value_or(true);
    check.state = tracks ? State::unknown : State::ok;
    check.reason = tracks ? "The time-outs of connections cannot be read (/proc/sys/net/netfilter)."
                          : "This box tracks no connections, and so is no NAT.";
    return {check};
  }
  check.evidence = {fmt::format("net.netfilter.nf_conntrack_udp_timeout_stream = {}", *answered),
                    fmt::format("net.netfilter.nf_conntrack_udp_timeout = {}", *first)};
  check.state = *answered < kLeast ? State::bad : State::ok;
  check.reason =
      *answered < kLeast
          ? fmt::format(
                "The NAT forgets a phone after {} s of silence; RFC 4787 asks for {} s at least: calls to the "
                "phone get lost.",
                *answered, kLeast)
          : fmt::format(
                "The NAT remembers a phone for {} s after both have spoken ({} s before the other side has "
                "answered); {} s are recommended (RFC 4787 4.3).",
                *answered, *first, kRecommended);
  if (check.state == State::bad) check.fix = raise_udp_timeout(host.flavour(), kRecommended);
  return {check};
}

}  // namespace vialens

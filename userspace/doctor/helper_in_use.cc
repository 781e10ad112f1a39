// The SIP helper at work: it has flows, or expects connections that SIP announced. That is proof; that there are none
// is not, before a phone has spoken.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/doctor/check.h"
#include "userspace/doctor/conntrack.h"
#include "userspace/doctor/fixes.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

constexpr std::size_t kMostLines = 5;
constexpr std::string_view kNoTable =
    "The table of connections cannot be read: it takes root (CAP_NET_ADMIN) and the kernel's nf_conntrack_netlink.";

using Flows = std::optional<std::vector<TrackedFlow>>;

// To ask a kernel that has it as a module would load that.
Flows flows_of(const Host& host, bool expected) {
  if (!host.is_this() || host.has_module("nf_conntrack_netlink", "ctnetlink_dump_table") == false) return std::nullopt;
  return sip_flows(expected);
}

void add_line(Check& check, std::string line) {
  if (check.evidence.size() < kMostLines) check.evidence.push_back(std::move(line));
}

Check flows_with_helper(const Host& host, const Flows& flows) {
  Check check{.id = "alg-flows", .reason = std::string(kNoTable)};
  if (!flows) return check;
  std::size_t helped = 0;
  for (const TrackedFlow& flow : *flows)
    if (flow.helper.starts_with("sip")) ++helped, add_line(check, to_string(flow));
  check.state = helped == 0 ? State::ok : State::bad;
  check.reason =
      helped != 0
          ? fmt::format("The SIP helper (SIP ALG) works on {} connection{} now.", helped, helped == 1 ? "" : "s")
      : flows->empty()
          ? "No connection on SIP's ports is known now: no phone has spoken lately."
          : fmt::format("None of the connections on SIP's ports, {} by now, has the SIP helper.", flows->size());
  if (helped != 0) check.fix = switch_helper_off(host.flavour(), {});
  return check;
}

Check expectations(const Host& host) {
  Check check{.id = "alg-expectations"};
  // "3479 l3proto = 2 proto=17 src=203.0.113.7 dst=203.0.113.5 sport=0 dport=5060 sip/signalling"
  const auto table = host.read("proc/net/nf_conntrack_expect");
  if (table) {
    for (std::string& line : lines_with(*table, " sip", kMostLines)) add_line(check, std::move(line));
  } else if (const auto flows = flows_of(host, true)) {
    for (const TrackedFlow& flow : *flows)
      if (flow.helper.starts_with("sip")) add_line(check, to_string(flow));
  } else {
    check.reason = "What helpers expect cannot be read (/proc/net/nf_conntrack_expect).";
    return check;
  }
  check.state = check.evidence.empty() ? State::ok : State::bad;
  check.reason = check.evidence.empty()
                     ? "No helper expects a connection that SIP announced."
                     : "The SIP helper has read messages, and holds pinholes open for what they announced.";
  if (!check.evidence.empty()) check.fix = switch_helper_off(host.flavour(), {});
  return check;
}

// It gives a connection the life of its registration, an hour by default; conntrack itself 180 s at most.
Check long_lives(const Host& host, const Flows& flows) {
  constexpr std::uint32_t kLongest = 300;
  Check check{.id = "alg-lifetime", .reason = std::string(kNoTable)};
  if (!flows) return check;
  const auto configured = std::max(host.number("proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream").value_or(0),
                                   host.number("proc/sys/net/netfilter/nf_conntrack_udp_timeout").value_or(0));
  for (const TrackedFlow& flow : *flows)
    if (flow.protocol == "udp" && flow.timeout > kLongest && static_cast<long>(flow.timeout) > configured)
      add_line(check, to_string(flow));
  check.state = check.evidence.empty() ? State::ok : State::bad;
  check.reason = check.evidence.empty()
                     ? "No connection of SIP lives longer than the NAT's own time-outs."
                     : fmt::format(
                           "Connections of SIP live longer than the NAT's time-out of {} s, which only a "
                           "helper sees to.",
                           configured);
  if (!check.evidence.empty()) check.fix = switch_helper_off(host.flavour(), {});
  return check;
}

}  // namespace

std::vector<Check> check_helper_in_use(const Host& host) {
  const Flows flows = flows_of(host, false);
  return {flows_with_helper(host, flows), expectations(host), long_lives(host, flows)};
}

}  // namespace vialens

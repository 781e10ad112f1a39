// Flow offload: packets of known connections that go past the firewall, or past the kernel. Media that is offloaded to
// hardware is seen by no program on this box, vialens included.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

std::vector<std::string> switch_off(const Host& host, bool hardware) {
  if (host.flavour() == Flavour::openwrt)
    return {hardware ? "uci set firewall.@defaults[0].flow_offloading_hw=0"
                     : "uci set firewall.@defaults[0].flow_offloading=0",
            "uci commit firewall && service firewall restart"};
  if (host.flavour() == Flavour::edgeos)
    return {"configure", "set system offload ipv4 forwarding disable", "commit; save; exit"};
  return {"nft -a list ruleset | grep -E 'flow add|flowtable'  # and take the rule \"flow add\" away by its handle"};
}

}  // namespace

std::vector<Check> check_offload(const Host& host) {
  Check check{
      .id = "flow-offload", .state = State::ok, .reason = "No flow table is at work: all packets are seen here."};
  // To list what the kernel does not have would make it load that.
  const bool has_rules = host.has_module("nf_tables", "nft_do_chain") != false;
  const auto rules = has_rules ? host.run({"nft", "-a", "list", "ruleset"}) : std::nullopt;
  const auto legacy = host.run({"iptables-save"});
  if (has_rules && (!rules || rules->status != 0) && host.has_module("nf_flow_table", "flow_offload_alloc") != false) {
    check.state = State::unknown;
    check.reason = "Whether a flow table is at work cannot be seen: nft does not list the rules.";
  }
  bool hardware = false, software = false;
  if (rules)
    for (const std::string& line : lines_with(rules->text, "flow", 50)) {
      const bool adds = line.find("flow add @") != line.npos || line.find("flow offload @") != line.npos;
      if (adds || line.starts_with("flowtable ")) check.evidence.push_back(line);
      software = software || adds;
    }
  if (rules) hardware = software && !lines_with(rules->text, "flags offload").empty();
  if (legacy)
    for (const std::string& line : lines_with(legacy->text, "-j FLOWOFFLOAD")) {
      check.evidence.push_back(line);
      software = true;
      hardware = hardware || line.find("--hw") != line.npos;
    }
  if (software) {
    check.state = State::bad;
    check.reason = hardware ? "Known connections are handed to the hardware: media is not seen here, and silence says "
                              "nothing."
                            : "Known connections go past the firewall's hooks (software flow offload): the hooks of "
                              "vialens see them, but counters of the firewall do not.";
    if (hardware) check.fix = switch_off(host, hardware);
    if (!hardware) check.state = State::ok;
  }
  return {check};
}

}  // namespace vialens

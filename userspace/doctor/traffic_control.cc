// Helpers that are set beside the firewall: the action ct of traffic control, and Open vSwitch.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

Check act_ct(const Host& host) {
  Check check{.id = "alg-traffic-control"};
  if (host.has_module("act_ct", "tcf_ct_act") == false) {
    check.state = State::ok;
    check.reason = "The kernel has no action ct of traffic control at work.";
    return check;
  }
  if (!host.is_installed("tc")) {
    check.reason = "The filters of traffic control cannot be listed: the program tc is not installed.";
    return check;
  }
  check.state = State::ok;
  check.reason = "No filter of traffic control names the SIP helper.";
  for (const std::string& interface : host.names_in("sys/class/net"))
    for (const char* const where : {"ingress", "egress"}) {
      const auto filters = host.run({"tc", "filter", "show", "dev", interface, where});
      if (!filters) continue;
      for (const std::string& line : lines_with(filters->text, "helper")) {
        if (line.find("sip") == line.npos) continue;
        check.state = State::bad;
        check.reason = "A filter of traffic control puts the SIP helper (SIP ALG) to connections.";
        check.evidence.push_back(fmt::format("{} {}: {}", interface, where, line));
        check.fix = {fmt::format("tc filter del dev {} {}", interface, where)};
      }
    }
  return check;
}

Check open_vswitch(const Host& host) {
  Check check{.id = "alg-open-vswitch"};
  if (host.has_module("openvswitch", "ovs_dp_process_packet") == false) {
    check.state = State::ok;
    check.reason = "The kernel has no Open vSwitch at work.";
    return check;
  }
  const auto flows = host.run({"ovs-dpctl", "dump-flows"});
  if (!flows || flows->status != 0) {
    check.reason = "The kernel has Open vSwitch, whose flows cannot be listed (ovs-dpctl dump-flows).";
    return check;
  }
  check.evidence = lines_with(flows->text, "helper=sip");
  check.state = check.evidence.empty() ? State::ok : State::bad;
  check.reason = check.evidence.empty() ? "No flow of Open vSwitch names the SIP helper."
                                        : "A flow of Open vSwitch puts the SIP helper (SIP ALG) to connections.";
  if (!check.evidence.empty())
    check.fix = {"ovs-ofctl dump-flows BRIDGE | grep alg=sip  # and take alg=sip out of that rule"};
  return check;
}

}  // namespace

std::vector<Check> check_traffic_control(const Host& host) { return {act_ct(host), open_vswitch(host)}; }

}  // namespace vialens

// Kernels before 6.0 put helpers to connections by themselves if a sysctl says so. A module alone does nothing: loaded,
// or built in, is not used.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/fixes.h"
#include "userspace/doctor/host.h"

namespace vialens {

std::vector<Check> check_auto_helper(const Host& host) {
  constexpr const char* kSysctl = "proc/sys/net/netfilter/nf_conntrack_helper";
  Check module{.id = "helper-module"};
  const auto tracks = host.has_module("nf_conntrack_sip", "nf_conntrack_sip"),
             rewrites = host.has_module("nf_nat_sip", "nf_nat_sip");
  if (tracks && rewrites) {
    module.state = State::ok;
    module.reason = !*tracks     ? "The kernel has no SIP helper loaded."
                    : !*rewrites ? "The kernel has a SIP helper that tracks connections, and none that rewrites."
                                 : "The kernel has the SIP helper, loaded or built in, which does nothing by itself.";
  } else {
    module.reason = "Whether the kernel has a SIP helper cannot be seen.";
  }
  Check automatic{.id = "alg-automatic"};
  const auto value = host.number(kSysctl);
  if (!value) {
    automatic.state = host.has("proc/sys/net") ? State::ok : State::unknown;
    automatic.reason = host.has("proc/sys/net")
                           ? "The kernel puts no helper to a connection by itself (there is no nf_conntrack_helper)."
                           : "The kernel's settings cannot be read (/proc/sys).";
  } else {
    automatic.evidence = {fmt::format("net.netfilter.nf_conntrack_helper = {}", *value)};
    // Without the module, the first packet would not load it: it has to be there.
    const bool active = *value != 0 && tracks.value_or(true);
    automatic.state = active ? State::bad : State::ok;
    automatic.reason = active ? "The kernel puts the SIP helper (SIP ALG) to every connection on port 5060 by itself."
                       : *value == 0 ? "The kernel puts no helper to a connection by itself."
                                     : "The kernel would put helpers to connections by itself, but has none for SIP.";
    if (active) automatic.fix = switch_helper_off(host.flavour(), set_sysctl("net.netfilter.nf_conntrack_helper", "0"));
  }
  return {automatic, module};
}

}  // namespace vialens

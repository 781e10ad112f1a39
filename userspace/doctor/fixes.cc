#include "userspace/doctor/fixes.h"

#include <fmt/format.h>

#include <utility>

namespace vialens {
namespace {

std::vector<std::string> by_system(Flavour flavour) {
  switch (flavour) {
    case Flavour::openwrt:
      return {
          "for z in $(uci show firewall | sed -n 's/^\\(firewall\\.[^.]*\\)=zone$/\\1/p'); do uci set "
          "\"$z.auto_helper=0\"; done",
          "uci commit firewall && service firewall restart"};
    case Flavour::vyos:
      return {"configure", "delete system conntrack modules sip", "commit; save; exit"};
    case Flavour::edgeos:
      return {"configure", "set system conntrack modules sip disable", "commit; save; exit"};
    case Flavour::firewalld:
      return {
          "for z in $(firewall-cmd --get-active-zones | grep -v '^ '); do firewall-cmd --permanent --zone=\"$z\" "
          "--remove-service=sip; done",
          "firewall-cmd --reload"};
    case Flavour::plain:
      break;
  }
  return {};
}

}  // namespace

std::vector<std::string> switch_helper_off(Flavour flavour, std::vector<std::string> otherwise) {
  std::vector<std::string> commands = by_system(flavour);
  if (commands.empty()) commands = std::move(otherwise);
  commands.emplace_back("conntrack -D -p udp --orig-port-dst 5060");
  commands.emplace_back("conntrack -D -p tcp --orig-port-dst 5060");
  return commands;
}

std::vector<std::string> set_sysctl(std::string_view key, std::string_view value) {
  return {fmt::format("sysctl -w {}={}", key, value),
          fmt::format("echo '{}={}' >> /etc/sysctl.d/90-sip.conf", key, value)};
}

std::vector<std::string> raise_udp_timeout(Flavour flavour, long seconds) {
  if (flavour == Flavour::vyos || flavour == Flavour::edgeos)
    return {"configure", fmt::format("set system conntrack timeout udp stream {}", seconds), "commit; save; exit"};
  return set_sysctl("net.netfilter.nf_conntrack_udp_timeout_stream", std::to_string(seconds));
}

}  // namespace vialens

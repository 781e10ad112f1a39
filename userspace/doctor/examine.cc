#include <array>

#include "userspace/doctor/check.h"

namespace vialens {

std::string_view to_string(State state) noexcept {
  static constexpr std::array<std::string_view, 3> kNames{"ok", "bad", "unknown"};
  return kNames[static_cast<std::size_t>(state)];
}

std::vector<Check> examine(const Host& host) {
  std::vector<Check> all;
  for (const auto look :
       {check_helper_in_use, check_nft, check_iptables, check_auto_helper, check_traffic_control, check_nat_timeouts,
        check_listeners, check_offload, check_double_nat, check_mtu, check_kernel, check_clock})
    for (Check& check : look(host)) all.push_back(std::move(check));
  return all;
}

}  // namespace vialens

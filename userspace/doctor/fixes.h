// The commands that repair something, on this system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "userspace/doctor/host.h"

namespace vialens {

// Switches the SIP helper off for good, as this system does it, or by `otherwise` on a system of no known kind; and has
// the connections forgotten that are tracked already, which would keep it.
std::vector<std::string> switch_helper_off(Flavour flavour, std::vector<std::string> otherwise);
// Sets a sysctl now and for good.
std::vector<std::string> set_sysctl(std::string_view key, std::string_view value);
// How long the NAT remembers a connection over UDP that has answered.
std::vector<std::string> raise_udp_timeout(Flavour flavour, long seconds);

}  // namespace vialens

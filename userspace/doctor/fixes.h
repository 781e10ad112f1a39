// The commands that repair something, on this system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "userspace/doctor/host.h"

namespace vialens {

// Switches the SIP helper off for good, as this system does it; empty where only the rule that was found can be taken
// away, as on a system of no known kind.
std::vector<std::string> switch_helper_off(Flavour flavour);
// What is tracked already keeps its helper until it is forgotten.
std::vector<std::string> forget_sip_flows();
// Sets a sysctl now and for good.
std::vector<std::string> set_sysctl(std::string_view key, std::string_view value);
// How long the NAT remembers a connection over UDP that has answered.
std::vector<std::string> raise_udp_timeout(Flavour flavour, long seconds);

}  // namespace vialens

// What stands between this host and the rest of the world, as far as can be seen without a packet: the kernel's tables
// of routes and neighbours, and the registry of makers, if it is installed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/core/address.h"

namespace vialens {

struct Gateway {
  std::string interface;
  Address address;
  std::string mac;  // "a4:2b:b0:01:02:03"; empty if this host has not spoken with it lately
};

// Of the default route over IPv4 with the least metric; nothing if there is none. `root`: where /proc is.
std::optional<Gateway> default_gateway(const std::filesystem::path& root = "/");

// Whom the IEEE has given the first three bytes of this MAC address to, by whichever copy of its registry is installed
// (Debian: ieee-data). Empty if there is none, if it is not known there, and for an address that the interface has made
// up itself (locally administered).
std::string maker_of(std::string_view mac, const std::filesystem::path& root = "/");

// Whether this host passes packets on, so that it may be the router itself.
bool is_router(const std::filesystem::path& root = "/");

struct System {
  std::string id, name;  // of os-release(5): "openwrt", "OpenWrt"; empty if it has none
  std::string board;     // the device tree's or the firmware's name of the hardware; empty if it has none
};
System this_system(const std::filesystem::path& root = "/");

}  // namespace vialens

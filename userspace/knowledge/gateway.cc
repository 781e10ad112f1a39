#include "userspace/knowledge/gateway.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "userspace/core/words.h"

namespace vialens {
namespace {

// One line of /proc/net/route: "eth0 00000000 0101A8C0 0003 0 0 100 00000000 ...", addresses in hexadecimal as this
// host has their bytes in memory.
struct Route {
  std::string interface, destination, gateway, mask;
  unsigned flags = 0;
  std::uint64_t metric = 0;
};

bool read_route(const std::string& line, Route& route) {
  std::istringstream words(line);
  std::string flags, references, uses;
  words >> route.interface >> route.destination >> route.gateway >> flags >> references >> uses >> route.metric >>
      route.mask;
  const auto [end, error] = std::from_chars(flags.data(), flags.data() + flags.size(), route.flags, 16);
  return !words.fail() && error == std::errc{};
}

std::optional<Address> address_of(const std::string& hex) {
  std::uint32_t raw = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), raw, 16);
  if (error != std::errc{} || hex.size() != 8) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &raw, bytes.size());
  return Address::of_v4(bytes);
}

// "192.168.1.1 0x1 0x2 a4:2b:b0:01:02:03 * eth0"
std::string mac_of(const std::filesystem::path& root, const Gateway& gateway) {
  std::ifstream table(root / "proc/net/arp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string address, kind, flags, mac, mask, interface;
    words >> address >> kind >> flags >> mac >> mask >> interface;
    if (address == to_string(gateway.address) && interface == gateway.interface && mac != "00:00:00:00:00:00")
      return lower(mac);
  }
  return {};
}

// The first six hexadecimal digits, however they are set apart; empty if there are none.
std::string prefix_of(std::string_view text) {
  std::string digits;
  for (const char letter : text) {
    if (digits.size() == 6) break;
    if (letter == ':' || letter == '-' || letter == '.') continue;
    if (std::isxdigit(static_cast<unsigned char>(letter)) == 0) return {};
    digits += letter;
  }
  return digits.size() == 6 ? lower(digits) : "";
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "A4-2B-B0   (hex)\t\tTP-LINK", "A42BB0 TP-Link" or "A4:2B:B0\tTp-LinkT\tTP-LINK".
std::string maker_in(const std::filesystem::path& file, const std::string& prefix) {
  std::ifstream registry(file);
  for (std::string line; std::getline(registry, line);) {
    const auto end = line.find_first_of(" \t");
    if (end == line.npos || prefix_of(std::string_view(line).substr(0, end)) != prefix) continue;
    std::string_view maker = trimmed(std::string_view(line).substr(end));
    if (maker.starts_with("(hex)")) maker = trimmed(maker.substr(5));
    if (maker.starts_with("(base 16)")) maker = trimmed(maker.substr(9));
    if (const auto tab = maker.rfind('\t'); tab != maker.npos) maker = trimmed(maker.substr(tab));
    return std::string(maker);
  }
  return {};
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line, '\0');
  return std::string(trimmed(line.substr(0, line.find('\n'))));
}

}  // namespace

std::optional<Gateway> default_gateway(const std::filesystem::path& root) {
  constexpr unsigned kUp = 1, kGateway = 2;  // RTF_UP, RTF_GATEWAY
  std::ifstream table(root / "proc/net/route");
  std::optional<Gateway> found;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (std::string line; std::getline(table, line);) {
    Route route;
    if (!read_route(line, route) || route.destination != "00000000" || route.mask != "00000000") continue;
    const auto address = address_of(route.gateway);
    if ((route.flags & (kUp | kGateway)) != (kUp | kGateway) || !address || route.metric >= least) continue;
    least = route.metric;
    found = Gateway{route.interface, *address, ""};
  }
  if (found) found->mac = mac_of(root, *found);
  return found;
}

std::string maker_of(std::string_view mac, const std::filesystem::path& root) {
  const std::string prefix = prefix_of(mac);
  if (prefix.empty()) return {};
  constexpr std::string_view kLocal = "2367abef";  // the second digit of an address that is not from the registry
  if (kLocal.find(prefix[1]) != kLocal.npos) return {};
  for (const char* const file : {"usr/share/ieee-data/oui.txt", "var/lib/ieee-data/oui.txt",
                                 "usr/share/nmap/nmap-mac-prefixes", "usr/share/wireshark/manuf"})
    if (std::string maker = maker_in(root / file, prefix); !maker.empty()) return maker;
  return {};
}

bool is_router(const std::filesystem::path& root) { return first_line(root / "proc/sys/net/ipv4/ip_forward") == "1"; }

System this_system(const std::filesystem::path& root) {
  System system;
  std::ifstream release(root / "etc/os-release");
  for (std::string line; std::getline(release, line);) {
    const auto equals = line.find('=');
    if (equals == line.npos) continue;
    std::string_view value = trimmed(std::string_view(line).substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (line.starts_with("ID=")) system.id = lower(value);
    if (line.starts_with("NAME=")) system.name = value;
  }
  for (const char* const file : {"tmp/sysinfo/model", "proc/device-tree/model", "sys/class/dmi/id/product_name"})
    if (system.board.empty()) system.board = first_line(root / file);
  return system;
}

}  // namespace vialens

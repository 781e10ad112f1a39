// HEP3, the encapsulation of Homer (https://github.com/sipcapture/HEP): "HEP3", the length of all, and chunks, each
// with a vendor (0: the protocol's own), a type, its length, and its value. Numbers are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/core/address.h"
#include "userspace/core/time.h"

namespace vialens {

enum class HepProtocol : std::uint8_t { sip = 1, log = 100 };

struct HepPacket {
  HepProtocol protocol = HepProtocol::sip;
  Transport transport = Transport::udp;
  Endpoint source, destination;
  Time time;
  std::uint32_t node = 0;        // capture agent
  std::string_view node_name;    // left out if empty, like the next two
  std::string_view password;     // what heplify calls the node's password
  std::string_view correlation;  // Call-ID
  std::string_view payload;
};

inline constexpr std::size_t kLongestHep = 65535, kLongestHepOverUdp = 65507;

// The packet as bytes; nothing if it would be longer than kLongestHep.
std::optional<std::string> encode(const HepPacket& packet);

}  // namespace vialens

// What one packet contributed: the capture's output and the reassembly's input.
#pragma once

#include <cstdint>
#include <string_view>

#include "userspace/core/address.h"
#include "userspace/core/time.h"
#include "vialens/abi.h"

namespace vialens {

enum class Side : std::uint8_t { unknown, lan, wan, server };
enum class Direction : std::uint8_t { unknown, in, out };  // as the interface sees it: in = received

std::string_view to_string(Side side) noexcept;            // "lan"
Side side_named(std::string_view name) noexcept;           // unknown for what is no side's name
std::string_view to_string(Direction direction) noexcept;  // "in"

// One place where packets are seen. Capture files do not say in which direction a packet went: theirs is unknown.
using TapId = std::uint8_t;

struct Piece {
  Time time;
  TapId tap = 0;
  enum class Kind : std::uint8_t {
    datagram,  // a whole UDP payload
    fragment,  // part of an IP payload, UDP or TCP header included, from `offset` on; ports are in the header
    segment,   // part of a TCP stream, from `tcp_sequence` on; empty if all it says is SYN, FIN or RST
  } kind = Kind::datagram;
  Transport transport = Transport::udp;
  bool more = false;           // fragments: another one follows
  bool synthetic = false;      // fragments: of a datagram that came whole and was too long for one event
  std::uint8_t tcp_flags = 0;  // VIALENS_TCP_*
  Endpoint source, destination;
  std::uint32_t ip_id = 0;
  std::uint32_t offset = 0;
  std::uint32_t tcp_sequence = 0;
  std::uint32_t wire_length = 0;         // > bytes.size() where the capture was cut
  std::string_view bytes;                // valid during the call that hands the piece over
  const vialens_match* match = nullptr;  // the kernel's hint about bytes, if it made one; same lifetime
};

}  // namespace vialens

#include "userspace/export/hep_packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

namespace vialens {
namespace {

enum class Chunk : std::uint16_t {
  family = 1,
  ip_protocol = 2,
  v4_source = 3,
  v4_destination = 4,
  v6_source = 5,
  v6_destination = 6,
  source_port = 7,
  destination_port = 8,
  seconds = 9,
  microseconds = 10,
  protocol = 11,
  node = 12,
  password = 14,
  payload = 15,
  correlation = 17,
  node_name = 19
};

void put(std::string& bytes, std::uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xffU);
}

void add(std::string& bytes, Chunk type, std::string_view value) {
  constexpr std::size_t kHeader = 6;
  put(bytes, 0, 2);
  put(bytes, static_cast<std::uint16_t>(type), 2);
  put(bytes, value.size() + kHeader, 2);
  bytes += value;
}

void add(std::string& bytes, Chunk type, std::uint64_t number, int size) {
  std::string value;
  put(value, number, size);
  add(bytes, type, value);
}

void add_addresses(std::string& bytes, const HepPacket& packet) {
  const bool v4 = packet.source.address.is_v4() && packet.destination.address.is_v4();
  const auto text = [&](const Address& address) {
    return std::string(address.bytes.begin() + (v4 ? 12 : 0), address.bytes.end());
  };
  add(bytes, Chunk::family, v4 ? AF_INET : AF_INET6, 1);
  add(bytes, Chunk::ip_protocol, packet.transport == Transport::udp ? IPPROTO_UDP : IPPROTO_TCP, 1);
  add(bytes, v4 ? Chunk::v4_source : Chunk::v6_source, text(packet.source.address));
  add(bytes, v4 ? Chunk::v4_destination : Chunk::v6_destination, text(packet.destination.address));
  add(bytes, Chunk::source_port, packet.source.port, 2);
  add(bytes, Chunk::destination_port, packet.destination.port, 2);
}

}  // namespace

std::optional<std::string> encode(const HepPacket& packet) {
  constexpr std::size_t kRoomForTheRest = 200;
  const std::size_t texts =
      packet.payload.size() + packet.correlation.size() + packet.password.size() + packet.node_name.size();
  if (texts + kRoomForTheRest > kLongestHep) return std::nullopt;
  std::string bytes = "HEP3";
  put(bytes, 0, 2);
  add_addresses(bytes, packet);
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::microseconds>(packet.time.time_since_epoch()).count();
  const auto microseconds = static_cast<std::uint64_t>(since_epoch);
  add(bytes, Chunk::seconds, microseconds / 1'000'000, 4);
  add(bytes, Chunk::microseconds, microseconds % 1'000'000, 4);
  add(bytes, Chunk::protocol, static_cast<std::uint8_t>(packet.protocol), 1);
  add(bytes, Chunk::node, packet.node, 4);
  if (!packet.password.empty()) add(bytes, Chunk::password, packet.password);
  if (!packet.correlation.empty()) add(bytes, Chunk::correlation, packet.correlation);
  if (!packet.node_name.empty()) add(bytes, Chunk::node_name, packet.node_name);
  add(bytes, Chunk::payload, packet.payload);
  std::string length;
  put(length, bytes.size(), 2);
  bytes.replace(4, 2, length);
  return bytes;
}

}  // namespace vialens

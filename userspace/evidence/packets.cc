#include "userspace/evidence/packets.h"

#include <algorithm>
#include <string_view>

namespace vialens {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::size_t kUdpHeader = 8, kTcpHeader = 20, kIpv4Header = 20;
constexpr std::size_t kMostUdp = 65535 - kIpv4Header - kUdpHeader;
constexpr std::size_t kMostTcp = 60000;  // one segment, as offloading network cards make them
constexpr std::size_t kPushAck = 0x18;

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U & 0xffU);
  out += static_cast<char>(value & 0xffU);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16U);
  put16(out, value & 0xffffU);
}

std::string_view bytes_of(const Address& address) {
  const std::string_view bytes(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());  // NOLINT
  return address.is_v4() ? bytes.substr(12) : bytes;
}

// The sum of RFC 1071 over what is given, one part after the other; all but the last are of even length.
class Checksum {
 public:
  void add(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      const auto high = static_cast<unsigned char>(bytes[i]);
      const unsigned low = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0U;
      sum_ += static_cast<std::uint32_t>(high) << 8U | low;
    }
  }
  std::uint16_t value() const {
    std::uint64_t sum = sum_;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

void set16(std::string& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<char>(value >> 8U);
  out[at + 1] = static_cast<char>(value & 0xffU);
}

std::string ipv4_header(const LoggedMessage& message, std::uint8_t protocol, std::size_t payload) {
  std::string header;
  put16(header, 0x4500);
  put16(header, kIpv4Header + payload);
  put16(header, message.number & 0xffffU);
  put16(header, 0);
  put16(header, 64U << 8U | protocol);
  put16(header, 0);
  header += bytes_of(message.source.address);
  header += bytes_of(message.destination.address);
  Checksum checksum;
  checksum.add(header);
  set16(header, 10, checksum.value());
  return header;
}

std::string ipv6_header(const LoggedMessage& message, std::uint8_t protocol, std::size_t payload) {
  std::string header;
  put32(header, 6U << 28U);
  put16(header, payload);
  put16(header, static_cast<std::size_t>(protocol) << 8U | 64U);
  for (const Address* address : {&message.source.address, &message.destination.address})
    header.append(reinterpret_cast<const char*>(address->bytes.data()), address->bytes.size());  // NOLINT: bytes
  return header;
}

// Addresses that are nobody's (IEEE 802, locally administered), from the sender's to the receiver's.
constexpr std::string_view kMacs("\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);

// `transport` is header and data, with a checksum of zero at `checksum_at`.
std::string packet(const LoggedMessage& message, std::uint8_t protocol, std::string transport,
                   std::size_t checksum_at) {
  const bool v4 = message.source.address.is_v4() && message.destination.address.is_v4();
  const std::string header =
      v4 ? ipv4_header(message, protocol, transport.size()) : ipv6_header(message, protocol, transport.size());
  Checksum checksum;
  checksum.add(std::string_view(header).substr(v4 ? 12 : 8));  // both addresses
  std::string pseudo;
  put32(pseudo, static_cast<std::uint32_t>(transport.size()));
  put32(pseudo, protocol);
  checksum.add(pseudo);
  checksum.add(transport);
  // Zero says that there is none (RFC 768).
  const std::uint16_t value = checksum.value();
  set16(transport, checksum_at, value == 0 && protocol == kUdp ? 0xffff : value);
  std::string frame(kMacs);
  put16(frame, v4 ? 0x0800 : 0x86dd);
  return frame + header + transport;
}

std::string udp(const LoggedMessage& message) {
  const std::string_view data = std::string_view(message.bytes).substr(0, kMostUdp);
  std::string transport;
  put16(transport, message.source.port);
  put16(transport, message.destination.port);
  put16(transport, kUdpHeader + data.size());
  put16(transport, 0);
  transport += data;
  return packet(message, kUdp, std::move(transport), 6);
}

std::string tcp(const LoggedMessage& message, std::string_view data, std::uint32_t sequence, std::uint32_t ack) {
  std::string transport;
  put16(transport, message.source.port);
  put16(transport, message.destination.port);
  put32(transport, sequence);
  put32(transport, ack);
  put16(transport, (kTcpHeader / 4) << 12U | kPushAck);
  put16(transport, 0xffff);  // window
  put32(transport, 0);       // checksum, urgent pointer
  transport += data;
  return packet(message, kTcp, std::move(transport), 16);
}

}  // namespace

std::vector<std::string> Packets::of(const LoggedMessage& message) {
  if (message.transport == Transport::udp) return {udp(message)};
  std::vector<std::string> packets;
  const std::string& tap = message.tap->name;
  const std::uint32_t ack = next_.try_emplace({tap, message.destination, message.source}, 1U).first->second;
  std::uint32_t& sequence = next_.try_emplace({tap, message.source, message.destination}, 1U).first->second;
  for (std::string_view rest = message.bytes; !rest.empty();) {
    const std::string_view data = rest.substr(0, kMostTcp);
    packets.push_back(tcp(message, data, sequence, ack));
    sequence += static_cast<std::uint32_t>(data.size());
    rest.remove_prefix(data.size());
  }
  return packets;
}

}  // namespace vialens

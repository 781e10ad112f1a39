#include "userspace/evidence/pcapng.h"

namespace vialens {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterface = 1, kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kOptEnd = 0, kOptComment = 1, kIfName = 2, kIfDescription = 3, kIfTimeResolution = 9,
                        kEpbFlags = 2, kShbUserApplication = 4;
constexpr char kNanoseconds = 9;  // 10 to the power of -9
constexpr std::size_t kLongestOption = 65500;

// In the order of bytes that kByteOrder announces: the least significant first.
void put16(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value & 0xffU);
  out += static_cast<char>(value >> 8U);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value & 0xffffU));
  put16(out, static_cast<std::uint16_t>(value >> 16U));
}

void pad(std::string& out) { out.append((4 - out.size() % 4) % 4, '\0'); }

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
  std::size_t length = std::min(value.size(), kLongestOption);
  if (length < value.size())  // not within a character
    while (length > 0 && (static_cast<unsigned char>(value[length]) & 0xc0U) == 0x80) --length;
  put16(out, code);
  put16(out, static_cast<std::uint16_t>(length));
  out += value.substr(0, length);
  pad(out);
}

void put_comments(std::string& out, std::span<const std::string> comments) {
  for (const std::string& comment : comments) put_option(out, kOptComment, comment);
}

}  // namespace

Pcapng::Pcapng(std::string_view application, std::span<const std::string> comments) {
  std::string body;
  put32(body, kByteOrder);
  put16(body, 1);  // version 1.0
  put16(body, 0);
  put32(body, 0xffffffff);  // length of the section: not told
  put32(body, 0xffffffff);
  put_option(body, kShbUserApplication, application);
  put_comments(body, comments);
  put_option(body, kOptEnd, "");
  add_block(kSectionHeader, body);
}

std::uint32_t Pcapng::add_interface(std::string_view name, std::string_view description) {
  std::string body;
  put16(body, kEthernet);
  put16(body, 0);
  put32(body, 0);  // no limit to the length of packets
  put_option(body, kIfName, name);
  put_option(body, kIfDescription, description);
  put_option(body, kIfTimeResolution, {&kNanoseconds, 1});
  put_option(body, kOptEnd, "");
  add_block(kInterface, body);
  return interfaces_++;
}

void Pcapng::add_packet(std::uint32_t interface, Time time, Direction direction, std::string_view packet,
                        std::span<const std::string> comments) {
  const auto nanoseconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
  std::string body;
  put32(body, interface);
  put32(body, static_cast<std::uint32_t>(nanoseconds >> 32U));
  put32(body, static_cast<std::uint32_t>(nanoseconds));
  put32(body, static_cast<std::uint32_t>(packet.size()));
  put32(body, static_cast<std::uint32_t>(packet.size()));
  body += packet;
  pad(body);
  if (direction != Direction::unknown) {
    std::string flags;
    put32(flags, direction == Direction::in ? 1 : 2);
    put_option(body, kEpbFlags, flags);
  }
  put_comments(body, comments);
  put_option(body, kOptEnd, "");
  add_block(kEnhancedPacket, body);
}

void Pcapng::add_block(std::uint32_t type, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  put32(bytes_, type);
  put32(bytes_, length);
  bytes_ += body;
  put32(bytes_, length);
}

}  // namespace vialens

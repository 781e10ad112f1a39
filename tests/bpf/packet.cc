#include "tests/bpf/packet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/bpf/rtp.h"

namespace vialens::test {
namespace {

void put16(Frame& bytes, std::size_t at, std::size_t value) {
  bytes.at(at) = static_cast<std::uint8_t>(value >> 8U);
  bytes.at(at + 1) = static_cast<std::uint8_t>(value);
}

void put32(Frame& bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16U);
  put16(bytes, at + 2, value);
}

void put_address(Frame& bytes, std::size_t at, int family, std::string_view text) {
  if (inet_pton(family, std::string(text).c_str(), &bytes.at(at)) != 1) throw std::invalid_argument(std::string(text));
}

}  // namespace

Packet& Packet::add(Kind kind, std::uint16_t type, Frame bytes) {
  layers_.push_back(
      {.kind = kind, .type = type, .bytes = std::move(bytes), .length = {}, .next = {}, .header_words = {}});
  return *this;
}

Packet& Packet::eth() { return add(Kind::eth, 0, {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0}); }

Packet& Packet::tag(std::uint16_t type, std::uint16_t id) {
  add(Kind::tag, type, Frame(4));
  put16(last().bytes, 0, id);
  return *this;
}

Packet& Packet::pppoe() { return add(Kind::pppoe, 0x8864, {0x11, 0, 0, 1, 0, 0, 0, 0}); }

Packet& Packet::ipv4(std::string_view source, std::string_view destination, std::uint16_t id) {
  add(Kind::ipv4, 0x0800, Frame(20));
  Frame& bytes = last().bytes;
  bytes[0] = 0x40;
  bytes[8] = 64;
  put16(bytes, 4, id);
  put_address(bytes, 12, AF_INET, source);
  put_address(bytes, 16, AF_INET, destination);
  return *this;
}

Packet& Packet::options(std::size_t words) {
  last().bytes.resize(last().bytes.size() + 4 * words, 1);  // 1: no operation
  return *this;
}

Packet& Packet::ipv6(std::string_view source, std::string_view destination) {
  add(Kind::ipv6, 0x86dd, Frame(40));
  Frame& bytes = last().bytes;
  bytes[0] = 0x60;
  bytes[7] = 64;
  put_address(bytes, 8, AF_INET6, source);
  put_address(bytes, 24, AF_INET6, destination);
  return *this;
}

Packet& Packet::extension(std::uint8_t protocol, std::uint8_t units) {
  add(Kind::extension, protocol, Frame(protocol == 51 ? (units + 2U) * 4U : (units + 1U) * 8U));
  last().bytes[1] = units;
  return *this;
}

Packet& Packet::fragment(std::uint32_t id, std::uint16_t offset, bool more) {
  if (last().kind == Kind::ipv4) {
    put16(last().bytes, 4, id);
    put16(last().bytes, 6, (more ? 0x2000U : 0U) | offset / 8U);
    return *this;
  }
  add(Kind::fragment, 44, Frame(8));
  put16(last().bytes, 2, offset | (more ? 1U : 0U));
  put32(last().bytes, 4, id);
  return *this;
}

Packet& Packet::udp(std::uint16_t source, std::uint16_t destination) {
  add(Kind::udp, 17, Frame(8));
  put16(last().bytes, 0, source);
  put16(last().bytes, 2, destination);
  return *this;
}

Packet& Packet::tcp(std::uint16_t source, std::uint16_t destination, std::uint8_t flags, std::uint32_t sequence) {
  add(Kind::tcp, 6, Frame(20));
  Frame& bytes = last().bytes;
  put16(bytes, 0, source);
  put16(bytes, 2, destination);
  put32(bytes, 4, sequence);
  bytes[13] = flags;
  return *this;
}

Packet& Packet::payload(std::string_view bytes) { return add(Kind::payload, 59, {bytes.begin(), bytes.end()}); }

Packet& Packet::payload(const Rtp& rtp) { return payload(std::string(rtp)); }

Packet& Packet::length(std::uint16_t value) {
  last().length = value;
  return *this;
}

Packet& Packet::header_words(std::uint8_t value) {
  last().header_words = value;
  return *this;
}

Packet& Packet::next(std::uint16_t value) {
  last().next = value;
  return *this;
}

Packet& Packet::version(std::uint8_t value) {
  last().bytes[0] = static_cast<std::uint8_t>((last().bytes[0] & 15U) | static_cast<unsigned>(value) << 4U);
  return *this;
}

Packet& Packet::pad(std::size_t bytes) {
  padding_ = bytes;
  return *this;
}

Packet& Packet::cut(std::size_t bytes) {
  cut_ = bytes;
  return *this;
}

Frame Packet::frame() const {
  Frame rest;
  std::uint16_t following = 59;  // IPv6's "no next header"
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    Frame bytes = layer->bytes;
    const std::size_t size = bytes.size() + rest.size();
    const std::uint16_t next = layer->next.value_or(following);
    const auto words = layer->header_words.value_or(static_cast<std::uint8_t>(bytes.size() / 4));
    switch (layer->kind) {
      case Kind::eth:
        put16(bytes, 12, next);
        break;
      case Kind::tag:
        put16(bytes, 2, next);
        break;
      case Kind::pppoe:
        put16(bytes, 4, layer->length.value_or(static_cast<std::uint16_t>(2 + rest.size())));
        put16(bytes, 6, layer->next.value_or(next == 0x86dd ? 0x0057 : 0x0021));
        break;
      case Kind::ipv4:
        bytes[0] = static_cast<std::uint8_t>(bytes[0] | words);
        put16(bytes, 2, layer->length.value_or(static_cast<std::uint16_t>(size)));
        bytes[9] = static_cast<std::uint8_t>(next);
        break;
      case Kind::ipv6:
        put16(bytes, 4, layer->length.value_or(static_cast<std::uint16_t>(rest.size())));
        bytes[6] = static_cast<std::uint8_t>(next);
        break;
      case Kind::extension:
        bytes[1] = static_cast<std::uint8_t>(layer->length.value_or(bytes[1]));
        [[fallthrough]];
      case Kind::fragment:
        bytes[0] = static_cast<std::uint8_t>(next);
        break;
      case Kind::udp:
        put16(bytes, 4, layer->length.value_or(static_cast<std::uint16_t>(size)));
        break;
      case Kind::tcp:
        bytes[12] = static_cast<std::uint8_t>(words << 4U);
        break;
      case Kind::payload:
        break;
    }
    following = layer->type;
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    rest = std::move(bytes);
  }
  rest.resize(rest.size() + padding_);
  if (cut_) rest.resize(std::min(*cut_, rest.size()));
  return rest;
}

Packet v4() { return packet().eth().ipv4("192.0.2.1", "192.0.2.2"); }

Packet v6() { return packet().eth().ipv6("2001:db8::1", "2001:db8::2"); }

std::vector<Frame> fragments(const Frame& frame, std::uint32_t id, std::size_t size) {
  const bool is_v6 = frame.at(12) == 0x86;
  const std::size_t begin = is_v6 ? 54 : 34;
  const std::uint8_t protocol = frame.at(is_v6 ? 20 : 23);
  std::vector<Frame> result;
  for (std::size_t at = begin; at < frame.size(); at += size) {
    const std::size_t end = std::min(at + size, frame.size());
    const std::string bytes(frame.begin() + static_cast<std::ptrdiff_t>(at),
                            frame.begin() + static_cast<std::ptrdiff_t>(end));
    Packet piece = is_v6 ? v6() : v4();
    piece.fragment(id, static_cast<std::uint16_t>(at - begin), end < frame.size()).next(protocol).payload(bytes);
    result.push_back(piece);
  }
  return result;
}

}  // namespace vialens::test

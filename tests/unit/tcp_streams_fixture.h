// What the tests of TcpStreams share: a client's side of one connection to a server, and the messages that came out.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "userspace/reassembly/tcp_streams.h"
#include "vialens/packet.h"

namespace vialens {

inline std::string invite(int number, std::size_t body = 200) {
  return "INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: " + std::to_string(number) +
         "\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" +
         std::string(body, static_cast<char>('a' + number));
}

class TcpStreamsTest : public testing::Test {
 protected:
  struct Copy {
    Payload payload;
    std::string bytes;
  };

  void limit(const TcpLimits& limits) {
    streams = TcpStreams(limits, [this](const Payload& payload) { keep(payload); });
  }
  void keep(const Payload& payload) { out.push_back({payload, std::string(payload.bytes)}); }

  Piece piece(std::uint32_t sequence, std::string_view bytes, unsigned flags = 0) const {
    Piece piece;
    piece.time = now;
    piece.kind = Piece::Kind::segment;
    piece.transport = Transport::tcp;
    piece.source = {*Address::parse("192.0.2.1"), source_port};
    piece.destination = {*Address::parse("198.51.100.1"), 5060};
    piece.tcp_sequence = sequence;
    piece.tcp_flags = static_cast<std::uint8_t>(flags);
    piece.bytes = bytes;
    piece.wire_length = static_cast<std::uint32_t>(bytes.size());
    return piece;
  }
  void add(std::uint32_t sequence, std::string_view bytes, unsigned flags = 0) {
    streams.add(piece(sequence, bytes, flags));
  }
  void syn(std::uint32_t sequence) { add(sequence, "", VIALENS_TCP_SYN); }
  // Sends stream[from, to) of the connection whose SYN had sequence number 99.
  void send(const std::string& stream, std::size_t from, std::size_t to, unsigned flags = 0) {
    add(static_cast<std::uint32_t>(100 + from), std::string_view(stream).substr(from, to - from), flags);
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const Copy& copy : out) all.push_back((copy.payload.cut ? "cut: " : "") + copy.bytes);
    return all;
  }
  const TcpCounters& counters() const { return streams.counters(); }

  std::vector<Copy> out;
  TcpStreams streams{[this](const Payload& payload) { keep(payload); }};
  Time now{std::chrono::seconds(1'000'000)};
  std::uint16_t source_port = 40'000;
};

using Strings = std::vector<std::string>;

}  // namespace vialens

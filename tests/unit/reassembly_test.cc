#include "userspace/reassembly/reassembly.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vialens {
namespace {

using std::chrono::seconds;

const std::string kMessage = "OPTIONS sip:bob@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n";
// Ports 5060 and 5062; UDP, its length to be set; TCP with sequence number 1 and 20 bytes of header.
const std::string kUdpHeader("\x13\xc4\x13\xc6\0\0\0\0", 8);
const std::string kTcpHeader("\x13\xc4\x13\xc6\0\0\0\1\0\0\0\0\x50\x10\0\0\0\0\0\0", 20);

struct Copy {
  Payload payload;
  std::string bytes;
};

class ReassemblyTest : public testing::Test {
 protected:
  static Piece piece(Piece::Kind kind, Transport transport, std::string_view bytes) {
    Piece piece;
    piece.time = Time(seconds(1000));
    piece.tap = 3;
    piece.kind = kind;
    piece.transport = transport;
    piece.source = {*Address::parse("192.0.2.1"), 5060};
    piece.destination = {*Address::parse("198.51.100.1"), 5062};
    if (kind == Piece::Kind::fragment) piece.source.port = piece.destination.port = 0;
    piece.ip_id = 99;
    piece.bytes = bytes;
    piece.wire_length = static_cast<std::uint32_t>(bytes.size());
    return piece;
  }
  void add_fragments(Transport transport, const std::string& packet, bool synthetic) {
    Piece part = piece(Piece::Kind::fragment, transport, std::string_view(packet).substr(0, 40));
    part.synthetic = synthetic;
    part.more = true;
    reassembly.add(part);
    part.offset = 40;
    part.more = false;
    part.bytes = std::string_view(packet).substr(40);
    part.wire_length = static_cast<std::uint32_t>(part.bytes.size());
    reassembly.add(part);
  }

  std::vector<Copy> out;
  Reassembly reassembly{[this](const Payload& payload) { out.push_back({payload, std::string(payload.bytes)}); }};
};

TEST_F(ReassemblyTest, PassesADatagramOnAsItIs) {
  const vialens_match match{};
  Piece datagram = piece(Piece::Kind::datagram, Transport::udp, kMessage);
  datagram.match = &match;
  reassembly.add(datagram);
  ASSERT_EQ(out.size(), 1U);
  const Payload& payload = out[0].payload;
  EXPECT_EQ(payload.bytes.data(), kMessage.data());
  EXPECT_EQ(payload.bytes.size(), kMessage.size());
  EXPECT_EQ(payload.match, &match);
  EXPECT_EQ(payload.time, datagram.time);
  EXPECT_EQ(payload.tap, 3);
  EXPECT_EQ(payload.transport, Transport::udp);
  EXPECT_EQ(payload.source, datagram.source);
  EXPECT_EQ(payload.destination, datagram.destination);
  EXPECT_EQ(payload.ip_id, 99U);
  EXPECT_FALSE(payload.cut);
  EXPECT_FALSE(payload.reassembled);
}

TEST_F(ReassemblyTest, SaysThatADatagramWasCut) {
  Piece datagram = piece(Piece::Kind::datagram, Transport::udp, kMessage);
  datagram.wire_length += 1;
  reassembly.add(datagram);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(out[0].payload.cut);
}

TEST_F(ReassemblyTest, PutsFragmentsTogether) {
  add_fragments(Transport::udp, kUdpHeader + kMessage, false);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].bytes, kMessage);
  EXPECT_EQ(out[0].payload.source.port, 5060);
  EXPECT_EQ(out[0].payload.destination.port, 5062);
  EXPECT_EQ(out[0].payload.ip_id, 99U);
  EXPECT_TRUE(out[0].payload.reassembled);
  EXPECT_FALSE(out[0].payload.cut);
  EXPECT_EQ(reassembly.fragments().completed, 1U);
}

TEST_F(ReassemblyTest, KeepsOurOwnNumbersToItself) {
  add_fragments(Transport::udp, kUdpHeader + kMessage, true);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].payload.ip_id, 0U);
  EXPECT_TRUE(out[0].payload.reassembled);
}

TEST_F(ReassemblyTest, PassesFragmentedSegmentsOnToTheirStream) {
  add_fragments(Transport::tcp, kTcpHeader + kMessage + kMessage.substr(0, 10), false);
  Piece rest = piece(Piece::Kind::segment, Transport::tcp, std::string_view(kMessage).substr(10));
  rest.tcp_sequence = 1 + static_cast<std::uint32_t>(kMessage.size() + 10);
  reassembly.add(rest);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].bytes, kMessage);
  EXPECT_EQ(out[1].bytes, kMessage);
  EXPECT_TRUE(out[0].payload.reassembled);
  EXPECT_EQ(out[0].payload.ip_id, 0U);
  EXPECT_EQ(out[0].payload.transport, Transport::tcp);
}

TEST_F(ReassemblyTest, HandsOutWhatHasBegunAtTheEndOfTheCapture) {
  reassembly.add(piece(Piece::Kind::segment, Transport::tcp, std::string_view(kMessage).substr(0, 50)));
  EXPECT_TRUE(out.empty());
  reassembly.finish();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(out[0].payload.cut);
  EXPECT_EQ(reassembly.streams().messages, 1U);
}

TEST_F(ReassemblyTest, LetsTimePassForFragmentsAndStreams) {
  Piece part = piece(Piece::Kind::fragment, Transport::udp, "12345678");
  part.more = true;
  reassembly.add(part);
  Piece segment = piece(Piece::Kind::segment, Transport::tcp, kMessage);
  reassembly.add(segment);
  segment.tcp_sequence = 1000;
  reassembly.add(segment);
  EXPECT_EQ(out.size(), 1U);
  reassembly.advance(segment.time + seconds(31));
  EXPECT_EQ(out.size(), 2U);
  EXPECT_EQ(reassembly.fragments().timed_out, 1U);
  EXPECT_EQ(reassembly.streams().gaps, 1U);
}

}  // namespace
}  // namespace vialens

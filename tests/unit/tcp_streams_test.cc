// Order, retransmissions, and where connections begin and end; what is lost is in tcp_streams_loss_test.cc.
#include "userspace/reassembly/tcp_streams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/tcp_streams_fixture.h"

namespace vialens {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(TcpStreamsTest, PassesAWholeMessageOnWithoutCopying) {
  const std::string message = invite(1);
  const vialens_match match{};
  Piece segment = piece(100, message);
  segment.match = &match;
  syn(99);
  streams.add(segment);
  ASSERT_EQ(out.size(), 1U);
  const Payload& payload = out[0].payload;
  EXPECT_EQ(payload.bytes.data(), message.data());
  EXPECT_EQ(payload.match, &match);
  EXPECT_EQ(payload.source, segment.source);
  EXPECT_EQ(payload.destination, segment.destination);
  EXPECT_EQ(payload.transport, Transport::tcp);
  EXPECT_EQ(payload.ip_id, 0U);
  EXPECT_FALSE(payload.reassembled);
  EXPECT_FALSE(payload.cut);
  EXPECT_EQ(counters().messages, 1U);
}

TEST_F(TcpStreamsTest, SplitsASegmentIntoItsMessages) {
  const std::string stream = invite(1) + "\r\n\r\n" + invite(2);
  const vialens_match match{};
  Piece segment = piece(100, stream);
  segment.match = &match;
  syn(99);
  streams.add(segment);
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
  for (const Copy& copy : out) {
    EXPECT_EQ(copy.payload.match, nullptr);  // it speaks of both
    EXPECT_FALSE(copy.payload.reassembled);
  }
  EXPECT_EQ(counters().keep_alives, 1U);
}

TEST_F(TcpStreamsTest, JoinsAMessageOfSeveralSegments) {
  const std::string stream = invite(1) + invite(2);
  syn(99);
  send(stream, 0, 10);
  send(stream, 10, 150);
  now += seconds(1);
  send(stream, 150, stream.size());
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
  EXPECT_TRUE(out[0].payload.reassembled);
  EXPECT_FALSE(out[1].payload.reassembled);
  EXPECT_EQ(out[0].payload.time, now);
}

TEST_F(TcpStreamsTest, PutsSegmentsInOrder) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  syn(99);
  send(stream, 300, stream.size());
  send(stream, 100, 300);
  EXPECT_TRUE(out.empty());
  now += milliseconds(5);
  send(stream, 0, 100);
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2), invite(3)}));
  for (const Copy& copy : out) EXPECT_EQ(copy.payload.time, now);
  EXPECT_EQ(counters().out_of_order, 2U);
  EXPECT_EQ(counters().gaps, 0U);
}

TEST_F(TcpStreamsTest, GivesTheSameForAnyOrderAndCut) {
  std::string stream;
  for (int i = 0; i < 20; ++i) stream += invite(i, static_cast<std::size_t>(i) * 37);
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::minstd_rand random(seed);
    std::vector<std::pair<std::size_t, std::size_t>> cuts;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t to = std::min(stream.size(), at + 1 + random() % 200);
      cuts.emplace_back(at, std::min(stream.size(), to + random() % 50));
      at = to;
    }
    std::shuffle(cuts.begin(), cuts.end(), random);
    out.clear();
    limit({});
    add(0xffffff00, "", VIALENS_TCP_SYN);  // wraps soon
    for (const auto& [from, to] : cuts) {
      add(0xffffff01 + static_cast<std::uint32_t>(from), std::string_view(stream).substr(from, to - from));
    }
    ASSERT_EQ(out.size(), 20U);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(out[static_cast<std::size_t>(i)].bytes, invite(i, static_cast<std::size_t>(i) * 37));
    }
    EXPECT_EQ(counters().overlapping, 0U);
    EXPECT_EQ(counters().skipped_bytes, 0U);
  }
}

TEST_F(TcpStreamsTest, IgnoresRetransmissions) {
  const std::string stream = invite(1) + invite(2);
  syn(99);
  syn(99);
  send(stream, 0, 200);
  send(stream, 0, 200);
  send(stream, 100, 250);  // partly new
  send(stream, 350, 400);
  send(stream, 350, 400);
  send(stream, 250, stream.size());
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
  EXPECT_EQ(counters().retransmitted, 4U);
  EXPECT_EQ(counters().overlapping, 0U);
}

TEST_F(TcpStreamsTest, KeepsWhatCameFirst) {
  const std::string stream = invite(1);
  std::string other = stream;
  for (std::size_t at = 120; at < 200; ++at) other[at] = '#';
  syn(99);
  send(stream, 0, 150);
  send(other, 120, 170);  // differs in bytes that are there
  EXPECT_EQ(counters().overlapping, 1U);
  send(stream, 180, 190);
  send(other, 170, stream.size());  // differs in bytes that wait
  EXPECT_EQ(counters().overlapping, 2U);
  std::string expected = stream;
  for (std::size_t at = 150; at < 200; ++at) expected[at] = at >= 180 && at < 190 ? stream[at] : '#';
  EXPECT_EQ(messages(), (Strings{expected}));
}

TEST_F(TcpStreamsTest, JoinsAConnectionInItsMiddle) {
  const std::string stream = invite(1) + invite(2);
  send(stream, 50, 150);
  send(stream, 150, stream.size());
  EXPECT_EQ(messages(), (Strings{invite(2)}));
  EXPECT_EQ(counters().skipped_bytes, invite(1).size() - 50);
}

TEST_F(TcpStreamsTest, BeginsNothingWithAFinOrReset) {
  add(100, "", VIALENS_TCP_FIN);
  add(100, "", VIALENS_TCP_RST);
  EXPECT_EQ(streams.streams(), 0U);
}

TEST_F(TcpStreamsTest, TakesDataOfASyn) {
  add(99, invite(1), VIALENS_TCP_SYN);
  add(99, invite(1), VIALENS_TCP_SYN);
  add(100 + static_cast<std::uint32_t>(invite(1).size()), invite(2));
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
}

TEST_F(TcpStreamsTest, HandsOutAsCutWhatAFinEnds) {
  const std::string message = invite(1);
  syn(99);
  send(message, 0, 150, VIALENS_TCP_FIN);
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 150)}));
  send(message, 0, 150, VIALENS_TCP_FIN);
  add(251, "", VIALENS_TCP_RST);
  streams.finish();
  EXPECT_EQ(out.size(), 1U);
}

TEST_F(TcpStreamsTest, WaitsForWhatAFinOvertook) {
  const std::string message = invite(1);
  syn(99);
  add(100 + static_cast<std::uint32_t>(message.size()), "", VIALENS_TCP_FIN);
  send(message, 0, message.size());
  EXPECT_EQ(messages(), (Strings{message}));
  EXPECT_EQ(counters().gaps, 0U);
}

TEST_F(TcpStreamsTest, BelievesAFinOnlyOfTheLastEventOfAPacket) {
  const std::string message = invite(1, 3000);
  Piece first = piece(100, std::string_view(message).substr(0, 2048), VIALENS_TCP_FIN);
  first.more = true;
  syn(99);
  streams.add(first);
  EXPECT_TRUE(out.empty());
  send(message, 2048, message.size(), VIALENS_TCP_FIN);
  EXPECT_EQ(messages(), (Strings{message}));
}

TEST_F(TcpStreamsTest, EndsAStreamWithAReset) {
  const std::string message = invite(1);
  syn(99);
  send(message, 0, 150);
  add(250, "", VIALENS_TCP_RST);
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 150)}));
}

TEST_F(TcpStreamsTest, BeginsAgainWithANewSyn) {
  const std::string message = invite(1);
  syn(99);
  send(message, 0, 150);
  syn(5000);
  add(5001, invite(2));
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 150), invite(2)}));
  EXPECT_EQ(streams.streams(), 1U);
}

TEST_F(TcpStreamsTest, NoticesThatPortsAreUsedAgain) {
  syn(99);
  add(100, invite(1), VIALENS_TCP_FIN);
  add(100 + (1U << 31U), invite(2));                                 // another connection, whose SYN was missed
  add(100 + (1U << 31U) - (1U << 22U), invite(3), VIALENS_TCP_FIN);  // and another one
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2), invite(3)}));
}

TEST_F(TcpStreamsTest, TakesNewBytesBehindAnEndForANewConnection) {
  syn(99);
  add(100, invite(1), VIALENS_TCP_FIN);
  add(100 + 2 * static_cast<std::uint32_t>(invite(1).size()), invite(2));
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
}

TEST_F(TcpStreamsTest, KeepsDirectionsAndTapsApart) {
  const std::string message = invite(1);
  Piece there = piece(100, std::string_view(message).substr(0, 50));
  Piece back = there;
  std::swap(back.source, back.destination);
  Piece tapped = there;
  tapped.tap = 1;
  for (const Piece& first : {there, back, tapped}) streams.add(first);
  EXPECT_EQ(streams.streams(), 3U);
  for (Piece second : {there, back, tapped}) {
    second.tcp_sequence = 150;
    second.bytes = std::string_view(message).substr(50);
    second.wire_length = static_cast<std::uint32_t>(second.bytes.size());
    streams.add(second);
  }
  EXPECT_EQ(messages(), (Strings{message, message, message}));
  EXPECT_EQ(out[1].payload.source.port, 5060);
  EXPECT_EQ(out[2].payload.tap, 1);
}

TEST_F(TcpStreamsTest, IgnoresTheByteOfATcpKeepAlive) {
  const std::string stream = invite(1) + invite(2);
  const std::size_t one = invite(1).size();
  syn(99);
  send(stream, 0, one);
  add(static_cast<std::uint32_t>(99 + one), std::string_view("\0", 1));
  send(stream, one, stream.size());
  EXPECT_EQ(messages(), (Strings{invite(1), invite(2)}));
  EXPECT_EQ(counters().overlapping, 0U);
  EXPECT_EQ(counters().skipped_bytes, 0U);
}

}  // namespace
}  // namespace vialens

// Gaps, cut segments and limits: what TcpStreams does where it cannot have all.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/tcp_streams_fixture.h"

namespace vialens {
namespace {

using std::chrono::seconds;

class TcpStreamsLossTest : public TcpStreamsTest {};

TEST_F(TcpStreamsLossTest, GivesUpAGapWhenItsPatienceIsOver) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  const std::size_t second = invite(1).size();
  syn(99);
  send(stream, 0, 100);
  now += seconds(1);
  send(stream, second + 20, stream.size());
  const Time arrived = now;
  streams.advance(now + seconds(3));
  EXPECT_TRUE(out.empty());
  streams.advance(now + seconds(4));
  EXPECT_EQ(messages(), (Strings{"cut: " + stream.substr(0, 100), invite(3)}));
  EXPECT_EQ(out[0].payload.time, arrived - seconds(1));
  EXPECT_EQ(out[1].payload.time, arrived);
  EXPECT_EQ(counters().gaps, 1U);
  EXPECT_EQ(counters().skipped_bytes, invite(2).size() - 20);
}

TEST_F(TcpStreamsLossTest, GivesUpAGapWhenALaterPieceShowsTheTime) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  syn(99);
  send(stream, invite(1).size(), stream.size() - 1);
  now += seconds(4);
  send(stream, stream.size() - 1, stream.size());
  EXPECT_EQ(messages(), (Strings{invite(2), invite(3)}));
  send(stream, 0, invite(1).size());  // too late
  EXPECT_EQ(out.size(), 2U);
}

TEST_F(TcpStreamsLossTest, StaysInStepWhereOnlyABodyHasAHole) {
  const std::string stream = invite(1) + "UNHEARDOF sip:a@b SIP/2.0\r\n\r\n" + invite(2);
  const std::size_t hole = invite(1).size() - 100;
  syn(99);
  send(stream, 0, hole);
  send(stream, hole + 50, stream.size());
  streams.advance(now + seconds(4));
  EXPECT_EQ(messages(), (Strings{"cut: " + stream.substr(0, hole), "UNHEARDOF sip:a@b SIP/2.0\r\n\r\n", invite(2)}));
  EXPECT_EQ(counters().skipped_bytes, 50U);
}

TEST_F(TcpStreamsLossTest, WaitsAnewForTheNextGap) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  const std::size_t one = invite(1).size();
  syn(99);
  send(stream, one, 2 * one - 10);
  now += seconds(2);
  send(stream, 2 * one, 3 * one);
  now += seconds(2);
  streams.advance(now);  // the first gap is given up, the second one is two seconds old
  EXPECT_TRUE(out.empty());
  send(stream, 2 * one - 10, 2 * one);
  EXPECT_EQ(messages(), (Strings{invite(2), invite(3)}));
  EXPECT_EQ(counters().gaps, 1U);
}

TEST_F(TcpStreamsLossTest, BoundsWhatWaits) {
  TcpLimits limits;
  limits.waiting_bytes = 1000;
  limit(limits);
  std::string stream;
  for (int i = 0; i < 9; ++i) stream += invite(i);
  syn(99);
  for (std::size_t at = 1; at < stream.size(); at += 100) send(stream, at, std::min(at + 100, stream.size()));
  EXPECT_EQ(out.size(), 8U);
  EXPECT_EQ(counters().gaps, 1U);

  limits.waiting_segments = 3;
  limit(limits);
  out.clear();
  for (std::size_t i = 5; i > 0; --i) send(stream, i * invite(1).size(), (i + 1) * invite(1).size() - 1);
  EXPECT_EQ(out.size(), 0U);  // the first one seen set the beginning, the others were before it
  syn(99);
  for (std::size_t i = 5; i > 1; --i) send(stream, i * invite(1).size(), (i + 1) * invite(1).size() - 1);
  EXPECT_EQ(counters().gaps, 1U);
}

TEST_F(TcpStreamsLossTest, GivesUpAGapInFrontOfAFin) {
  const std::string message = invite(1);
  syn(99);
  send(message, 0, 150);
  add(100 + static_cast<std::uint32_t>(message.size()), "", VIALENS_TCP_FIN);
  EXPECT_TRUE(out.empty());
  streams.advance(now + seconds(4));
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 150)}));
}

TEST_F(TcpStreamsLossTest, HandsOutACutSegmentAsFarAsItGoes) {
  const std::string stream = invite(1) + invite(2);
  const std::size_t one = invite(1).size();
  Piece cut = piece(100, std::string_view(stream).substr(0, 150));
  cut.wire_length = static_cast<std::uint32_t>(one);
  syn(99);
  streams.add(cut);
  EXPECT_EQ(messages(), (Strings{"cut: " + stream.substr(0, 150)}));
  send(stream, one, stream.size());
  EXPECT_EQ(messages().back(), invite(2));
  EXPECT_EQ(counters().gaps, 1U);
}

TEST_F(TcpStreamsLossTest, KnowsTheLengthOfACutSegmentThatHadToWait) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  const std::size_t one = invite(1).size();
  Piece cut = piece(100 + static_cast<std::uint32_t>(one), std::string_view(stream).substr(one, 90));
  cut.wire_length = static_cast<std::uint32_t>(one);
  syn(99);
  send(stream, 2 * one, 3 * one);
  streams.add(cut);
  send(stream, 0, one);
  EXPECT_EQ(messages(), (Strings{invite(1), "cut: " + stream.substr(one, 90), invite(3)}));
}

TEST_F(TcpStreamsLossTest, SurvivesAbsurdLengths) {
  Piece absurd = piece(100, "INVITE sip:a@b SIP/2.0\r\n");
  absurd.wire_length = 0xffffffff;
  syn(99);
  streams.add(absurd);
  absurd.tcp_sequence = 5000;
  absurd.wire_length = 0;
  streams.add(absurd);
  streams.finish();
  EXPECT_EQ(streams.bytes(), 0U);
}

TEST_F(TcpStreamsLossTest, EvictsTheLongestSilentStream) {
  TcpLimits limits;
  limits.streams = 2;
  limit(limits);
  const std::string message = invite(1);
  for (const std::uint16_t port : std::vector<std::uint16_t>{1, 2, 1, 3}) {
    source_port = port;
    send(message, 0, 100);
  }
  EXPECT_EQ(counters().evicted, 1U);
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 100)}));
  EXPECT_EQ(out[0].payload.source.port, 2);
}

TEST_F(TcpStreamsLossTest, StaysWithinItsBytes) {
  TcpLimits limits;
  limits.bytes = 100'000;
  limit(limits);
  const std::string stream = invite(1, 60'000);
  for (source_port = 1; source_port < 100; ++source_port) {
    syn(99);
    send(stream, 0, 5000);
    for (std::size_t at = 6000; at < 7000; at += 10) send(stream, at, at + 3);
    EXPECT_LE(streams.bytes(), limits.bytes);
  }
  EXPECT_GT(counters().evicted, 80U);
  streams.finish();
  EXPECT_EQ(streams.bytes(), 0U);
}

TEST_F(TcpStreamsLossTest, ForgetsIdleStreams) {
  const std::string message = invite(1);
  send(message, 0, 100);
  streams.advance(now + std::chrono::minutes(65));
  EXPECT_EQ(streams.streams(), 1U);
  streams.advance(now + std::chrono::minutes(66));
  EXPECT_EQ(streams.streams(), 0U);
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, 100)}));
  EXPECT_EQ(counters().evicted, 0U);
}

TEST_F(TcpStreamsLossTest, HandsOutTheHeadersOfAnOversizedMessage) {
  const std::string message = invite(1, 100'000);
  const std::string stream = message + invite(2);
  syn(99);
  for (std::size_t at = 0; at < stream.size(); at += 1460) send(stream, at, std::min(at + 1460, stream.size()));
  EXPECT_EQ(messages(), (Strings{"cut: " + message.substr(0, message.size() - 100'000), invite(2)}));
  EXPECT_EQ(counters().oversized, 1U);
  EXPECT_EQ(counters().skipped_bytes, 100'000U);
}

TEST_F(TcpStreamsLossTest, HandsOutWhatWaitsAtTheEndOfTheCapture) {
  const std::string stream = invite(1) + invite(2) + invite(3);
  const std::size_t one = invite(1).size();
  syn(99);
  send(stream, one, 2 * one);
  send(stream, 2 * one + 10, 3 * one);
  streams.finish();
  EXPECT_EQ(messages(), (Strings{invite(2)}));
  EXPECT_EQ(counters().gaps, 2U);
  EXPECT_EQ(streams.streams(), 0U);
}

TEST_F(TcpStreamsLossTest, TakesLittleTimeForManyTinySegments) {
  TcpLimits limits;
  limits.waiting_segments = 100'000;
  limit(limits);
  const std::string message = invite(1, 60'000);
  syn(99);
  for (std::size_t at = message.size() - 1; at > 0; --at) send(message, at, at + 1);
  send(message, 0, 1);
  EXPECT_EQ(messages(), (Strings{message}));
}

}  // namespace
}  // namespace vialens

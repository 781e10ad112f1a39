// What is told of a stream with its call.
#include "userspace/call/call_stream.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

const TapInfo kTap{0, "lan", "", Side::lan, Direction::unknown, "file"};

Codecs codecs_of(const std::string& lines) {
  sip::Sdp sdp;
  const std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n" + lines;
  sip::Sdp::parse(text, sdp);
  Codecs codecs;
  codecs.note(sdp);
  return codecs;
}

Flow flow_of(std::uint8_t last, std::initializer_list<int> seen) {
  Flow flow;
  flow.payload_type = last;
  for (const int type : seen) flow.payload_types[static_cast<std::size_t>(type) / 64] |= 1ULL << (type % 64);
  return flow;
}

TEST(CodecsTest, KnowsStaticTypesAndThoseThatWereNamed) {
  const Codecs codecs = codecs_of("a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n");
  EXPECT_EQ(codecs.name(0), "PCMU");
  EXPECT_EQ(codecs.name(18), "G729");
  EXPECT_EQ(codecs.name(96), "opus");
  EXPECT_EQ(codecs.name(101), "telephone-event");
  EXPECT_EQ(codecs.name(97), "");
}

TEST(CodecsTest, IsNotImpressedByNonsense) {
  const Codecs codecs =
      codecs_of("a=rtpmap:\r\na=rtpmap:300 x/1\r\na=rtpmap:97\r\na=rtpmap:-1 y/1\r\na=rtpmap:98 \r\n");
  for (const int type : {97, 98}) EXPECT_EQ(codecs.name(static_cast<std::uint8_t>(type)), "");
}

TEST(CodecsTest, IsBounded) {
  std::string lines;
  for (int type = 96; type < 128; ++type)
    lines += "a=rtpmap:" + std::to_string(type) + " c" + std::to_string(type) + "/8000\r\n";
  const Codecs codecs = codecs_of(lines);
  EXPECT_EQ(codecs.name(96), "c96");
  EXPECT_EQ(codecs.name(127), "");
}

TEST(CallStreamTest, NamesTheSpeechAndNotWhatComesBetween) {
  const Codecs codecs = codecs_of("a=rtpmap:101 telephone-event/8000\r\n");
  EXPECT_EQ(stream_of(flow_of(101, {8, 101}), kTap, Direction::in, codecs).payload_type, 8);
  EXPECT_EQ(stream_of(flow_of(13, {13, 18}), kTap, Direction::in, codecs).payload_type, 18);
  EXPECT_EQ(stream_of(flow_of(13, {13}), kTap, Direction::in, codecs).payload_type, 13);
  EXPECT_EQ(stream_of(flow_of(97, {97}), kTap, Direction::in, codecs).payload_type, 97);
}

TEST(CallStreamTest, LeavesOutWhatAnEarlierCallHadCounted) {
  Flow flow;
  flow.packets = 500;
  flow.expected = 700;
  flow.lost = 200;
  flow.mean_jitter_ms = 8;
  flow.longest_gap = std::chrono::seconds(9);
  const FlowCounts before = counts_of(flow);
  flow.packets = 1000;
  flow.expected = 1210;
  flow.lost = 210;
  flow.mean_jitter_ms = 5;
  CallStream stream = stream_of(since(flow, before), kTap, Direction::in, Codecs{});
  EXPECT_EQ(stream.packets, 500U);
  EXPECT_EQ(stream.lost, 10U);
  EXPECT_DOUBLE_EQ(stream.jitter_ms.value(), 2);
  EXPECT_FALSE(stream.longest_gap);
  flow.longest_gap = std::chrono::seconds(10);
  stream = stream_of(since(flow, before), kTap, Direction::in, Codecs{});
  EXPECT_EQ(stream.longest_gap, std::chrono::seconds(10));
}

TEST(CallStreamTest, CountsLossInBurstsForMore) {
  const Codecs codecs;
  Flow flow = flow_of(0, {0});
  flow.expected = 1000;
  flow.packets = 950;
  flow.lost = 50;
  const double alone = *mos_of(stream_of(flow, kTap, Direction::in, codecs), codecs);
  flow.bursts = 2;
  flow.burst_lost = 48;
  flow.burst_packets = 60;
  const CallStream bunched = stream_of(flow, kTap, Direction::in, codecs);
  EXPECT_NEAR(bunched.loss(), 0.05, 1e-9);
  EXPECT_GT(bunched.burst_ratio, 3);
  EXPECT_LT(*mos_of(bunched, codecs), alone);
}

TEST(CallStreamTest, SaysNothingOfTheQualityOfAFewPackets) {
  const Codecs codecs;
  CallStream stream = stream_of(flow_of(0, {0}), kTap, Direction::in, codecs);
  stream.packets = 1;
  stream.lost = 0;
  EXPECT_FALSE(mos_of(stream, codecs));
  stream.packets = 20;
  stream.lost = 30;
  EXPECT_TRUE(mos_of(stream, codecs));
}

TEST(CallStreamTest, SaysNothingOfTheQualityOfUnknownCodecs) {
  const Codecs codecs;
  EXPECT_FALSE(mos_of(stream_of(flow_of(97, {97}), kTap, Direction::in, codecs), codecs));
}

}  // namespace
}  // namespace vialens

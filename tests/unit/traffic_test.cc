// What is counted of messages, crossings and streams.
#include "userspace/engine/traffic.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

TEST(NamesTest, HasOnePlaceForEachMethodAndCode) {
  for (std::size_t i = 0; i + 1 < sip::kMethodNames.size(); ++i) EXPECT_EQ(sip::method_index(sip::kMethodNames[i]), i);
  const std::size_t other = sip::kMethodNames.size() - 1;
  EXPECT_EQ(sip::method_index("invite"), other);
  EXPECT_EQ(sip::method_index("other"), other);
  EXPECT_EQ(sip::method_index(""), other);
  EXPECT_EQ(sip::code_name(sip::code_index(404)), "404");
  EXPECT_EQ(sip::code_name(sip::code_index(100)), "100");
  EXPECT_EQ(sip::code_name(sip::code_index(608)), "608");
  EXPECT_EQ(sip::code_name(sip::code_index(499)), "4xx");
  EXPECT_EQ(sip::code_name(sip::code_index(101)), "1xx");
  EXPECT_EQ(sip::code_name(sip::code_index(699)), "6xx");
  for (const int status : {-1, 0, 99, 700, 1 << 30}) EXPECT_EQ(sip::code_name(sip::code_index(status)), "other");
}

class TrafficTest : public testing::Test {
 protected:
  Flow flow(double last, std::uint64_t lost, double first = 0) const {
    Flow flow;
    flow.tap = Story::kLan;
    flow.source = endpoint("192.168.1.33:40000");
    flow.destination = endpoint("198.51.100.10:20000");
    flow.ssrc = 7;
    flow.believed = true;
    flow.first = time_of(first);
    flow.last = time_of(last);
    flow.packets = flow.expected = 50 * static_cast<std::uint64_t>(last - first) + 1;
    flow.lost = lost;
    flow.mean_jitter_ms = 3;
    return flow;
  }
  const TapTraffic& lan() const { return traffic.counts().taps[Story::kLan]; }
  const std::vector<TapInfo> taps = two_taps();
  Traffic traffic{taps};
};

TEST_F(TrafficTest, CountsAsLostWhatStaysAway) {
  traffic.stream(flow(1, 5), false);
  EXPECT_EQ(lan().packets_lost, 0U) << "it may be late";
  traffic.stream(flow(2, 3), false);
  EXPECT_EQ(lan().packets_lost, 3U);
  traffic.stream(flow(3, 10), false);
  EXPECT_EQ(lan().packets_lost, 3U);
  traffic.advance(time_of(14));  // and that is all of it
  EXPECT_EQ(lan().packets_lost, 10U);
  EXPECT_EQ(traffic.streams(), 1U);
}

TEST_F(TrafficTest, FollowsAStreamOverAHold) {
  traffic.stream(flow(1, 0), false);
  EXPECT_EQ(lan().streams_active, 1U);
  traffic.stream(flow(1, 0), false);  // told again, and nothing new
  traffic.advance(time_of(11.5));
  EXPECT_EQ(lan().streams_active, 0U);
  traffic.stream(flow(300, 4), false);
  EXPECT_EQ(lan().streams_active, 1U);
  EXPECT_EQ(traffic.streams(), 1U);
  EXPECT_EQ(traffic.counts().jitter.count(), 0U);
  traffic.advance(time_of(311));
  traffic.advance(time_of(300 + 901));
  EXPECT_EQ(lan().packets_lost, 4U);
  EXPECT_EQ(traffic.counts().jitter.count(), 1U);
  EXPECT_EQ(traffic.counts().mos.count(), 1U);  // PCMU by its number
  // Forgotten, and there again: what it lost before was counted.
  traffic.stream(flow(2000, 4), false);
  traffic.advance(time_of(2011));
  EXPECT_EQ(lan().packets_lost, 4U);
  EXPECT_EQ(traffic.streams(), 1U);
}

TEST_F(TrafficTest, GoesOnWhereTheKernelBeganAnew) {
  traffic.stream(flow(10, 5), false);
  traffic.stream(flow(11, 5), false);
  traffic.stream(flow(13, 2, 12), false);
  traffic.stream(flow(14, 2, 12), false);
  EXPECT_EQ(lan().packets_lost, 7U);
}

TEST_F(TrafficTest, TellsTheQualityOfAStreamOnce) {
  Call call;
  call.media.push_back(stream_of(flow(9, 0), taps[0], Direction::out, call.codecs));
  traffic.stream(flow(9, 0), true);
  traffic.call_left(call);
  traffic.finish();
  EXPECT_EQ(traffic.counts().jitter.count(), 1U);
  EXPECT_EQ(traffic.counts().mos.count(), 1U);
  EXPECT_NEAR(traffic.counts().jitter.sum(), 0.003, 1e-9);
}

// By a whole engine, on live taps, which know where packets go.
TEST(TrafficOfAnEngineTest, CountsCrossingsAndStrays) {
  std::vector<TapInfo> taps = two_taps();
  taps[Story::kLan].direction = Direction::in;
  taps[Story::kWan].direction = Direction::out;
  Outcome outcome;
  CollectingSink sink(outcome);
  Engine engine(taps, sink);
  const auto see = [&](double time, TapId tap, const std::string& text) {
    Piece piece;
    piece.time = time_of(time);
    piece.tap = tap;
    piece.source = endpoint(tap == Story::kLan ? kPhone : kRouter);
    piece.destination = endpoint(kServer);
    piece.wire_length = static_cast<std::uint32_t>(text.size());
    piece.bytes = text;
    engine.observe(piece);
    engine.advance(time_of(time));
  };
  see(0, Story::kLan, invite());
  see(0.001, Story::kWan, invite().replace("sip:alice@192.168.1.33:5060", "sip:alice@203.0.113.5:5060"));
  see(1, Story::kLan, options());
  see(1.001, Story::kWan, options());
  see(2, Story::kLan, options(2));  // and does not come out
  see(5, Story::kWan, options(3));  // and came from nowhere
  see(9, Story::kLan, request("HACK"));
  const Counts counts = engine.counts();
  EXPECT_EQ(counts.unchanged, 1U);
  EXPECT_EQ(counts.rewritten, 1U);
  EXPECT_EQ(counts.lost, 1U);
  EXPECT_EQ(counts.injected, 1U);
  EXPECT_EQ(counts.rewrites[static_cast<std::size_t>(Field::contact)], 1U);
  EXPECT_EQ(counts.rewrites[static_cast<std::size_t>(Field::via)], 0U);
  EXPECT_EQ(counts.taps[Story::kLan].requests[sip::method_index("OPTIONS")], 2U);
  EXPECT_EQ(counts.taps[Story::kLan].requests[sip::method_index("other")], 1U);
  EXPECT_EQ(counts.taps[Story::kWan].requests[sip::method_index("INVITE")], 1U);
  EXPECT_EQ(counts.calls_active, 1U);
}

// A finding is active as long as its call is followed, or for a while after it was last seen.
TEST(ActiveFindingsTest, EndWithTheirSubject) {
  std::vector<Finding> told;
  Findings findings([&](const Finding& finding) { told.push_back(finding); });
  const auto find = [&](std::string_view id, Subject subject, double time, double confidence) {
    Finding finding;
    finding.kind = find_kind(id);
    finding.confidence = confidence;
    finding.subject = std::move(subject);
    findings.advance(time_of(time));
    findings.add(finding);
  };
  const auto active = [&](std::string_view id) { return findings.by_kind().at(id).active; };
  find("hint-mixed-addresses", {}, 0, 0.45);  // never an alarm
  EXPECT_EQ(active("hint-mixed-addresses"), 0U);
  find("alg-contact", {Subject::Kind::registration, "", "sip:alice@example.com"}, 0, 0.99);
  find("reg-timeout", {Subject::Kind::registration, "", "sip:alice@example.com"}, 0, 0.99);
  find("alg-contact", {Subject::Kind::call, "call", ""}, 0, 0.99);
  find("nat-double", {}, 0, 0.6);
  find("nat-double", {}, 500, 0.6);  // seen once more
  find("nat-double", {}, 550, 0.97);
  findings.activate(*find_kind("alg-contact"));
  findings.advance(time_of(1100));
  EXPECT_EQ(active("nat-double"), 1U);
  EXPECT_EQ(active("reg-timeout"), 0U);
  EXPECT_EQ(active("alg-contact"), 2U);
  findings.deactivate("alg-contact");
  findings.advance(time_of(1151));
  EXPECT_EQ(active("nat-double"), 0U);
  EXPECT_EQ(active("alg-contact"), 1U);
  findings.advance(time_of(3601));
  EXPECT_EQ(active("alg-contact"), 0U);
  EXPECT_EQ(findings.by_kind().at("nat-double").told, (std::array<std::uint64_t, 4>{0, 1, 0, 1}));
  EXPECT_EQ(findings.by_kind().at("alg-contact").told, (std::array<std::uint64_t, 4>{0, 0, 0, 2}));
}

}  // namespace
}  // namespace vialens

// What the kernel programs make of loss, jitter, negotiated end points, RTCP and T.38.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "tests/bpf/packet.h"
#include "tests/bpf/rtcp.h"
#include "tests/bpf/rtp.h"
#include "tests/bpf/tap_runner.h"
#include "userspace/capture/decode.h"

namespace vialens::test {
namespace {

Packet to_v4() { return v4().udp(16384, 40000); }
Packet to_v6() { return v6().udp(16384, 40000); }

MediaEndpoint endpoint(std::string_view address, std::uint16_t port) {
  MediaEndpoint result;
  result.at = {*Address::parse(address), port};
  result.rtp = true;
  return result;
}

class MediaTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      tap_ = std::make_unique<TapRunner>();
    } catch (const NotPermitted& reason) {
      GTEST_SKIP() << reason.what();
    }
  }

  void run(Hook hook, const Frame& frame, vialens_outcome expected) {
    const Outcome outcome = tap_->run(hook, frame);
    EXPECT_EQ(outcome.counted(), static_cast<unsigned>(expected)) << to_string(hook);
    EXPECT_TRUE(outcome.events.empty());
    EXPECT_EQ(outcome.counters.flows_failed, 0U);
  }

  Flow flow_of(Hook hook, const std::vector<unsigned>& numbers, const Packet& front = to_v4()) {
    tap_->forget_flows();
    for (const unsigned number : numbers)
      run(hook, Packet(front).payload(rtp().sequence(number & 0xffffU)), VIALENS_O_RTP);
    return only();
  }

  Flow only() {
    const auto flows = tap_->flows();
    EXPECT_EQ(flows.size(), 1U);
    return flows.empty() ? Flow{} : decode(flows.front().key, flows.front().flow, {});
  }

  RtcpSource only_rtcp() {
    const auto sources = tap_->rtcp();
    EXPECT_EQ(sources.size(), 1U);
    return sources.empty() ? RtcpSource{} : decode(sources.front().key, sources.front().rtcp, {});
  }

  std::unique_ptr<TapRunner> tap_;
};

TEST_F(MediaTest, LossDuplicatesAndOrderComeOutEven) {
  const struct {
    std::vector<unsigned> numbers;
    std::uint64_t expected, lost, duplicates, reordered, strays, wraps, restarts;
  } rows[] = {
      {{1, 2, 3, 4}, 4, 0, 0, 0, 0, 0, 0},
      {{1, 2, 5, 6}, 6, 2, 0, 0, 0, 0, 0},
      {{1, 2, 2, 3}, 3, 0, 1, 0, 0, 0, 0},
      {{1, 2, 2, 4}, 4, 1, 1, 0, 0, 0, 0},  // which RFC 3550 A.3 lets cancel each other
      {{1, 3, 2, 4}, 4, 0, 0, 1, 0, 0, 0},
      {{1, 3, 2, 2, 4}, 4, 0, 1, 1, 0, 0, 0},
      {{2, 1, 3}, 3, 0, 0, 1, 0, 0, 0},
      {{5, 2, 3, 6}, 5, 1, 0, 2, 0, 0, 0},
      {{65534, 65535, 0, 1}, 4, 0, 0, 0, 0, 1, 0},
      {{65534, 0, 65535, 1}, 4, 0, 0, 1, 0, 1, 0},
      {{65533, 2}, 6, 4, 0, 0, 0, 1, 0},
      {{1, 2, 30000, 3}, 3, 0, 0, 0, 1, 0, 0},
      {{1, 2, 30000, 30001, 30003}, 6, 1, 0, 0, 0, 0, 1},
      {{1, 200}, 200, 198, 0, 0, 0, 0, 0},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows)
      for (const Packet& front : {to_v4(), to_v6()}) {
        SCOPED_TRACE(testing::PrintToString(row.numbers));
        const Flow flow = flow_of(hook, row.numbers, front);
        EXPECT_EQ(flow.packets, row.numbers.size());
        EXPECT_EQ(flow.expected, row.expected);
        EXPECT_EQ(flow.lost, row.lost);
        EXPECT_EQ(flow.duplicates, row.duplicates);
        EXPECT_EQ(flow.reordered, row.reordered);
        EXPECT_EQ(flow.strays, row.strays);
        EXPECT_EQ(flow.wraps, row.wraps);
        EXPECT_EQ(flow.restarts, row.restarts);
        EXPECT_EQ(flow.expected, flow.packets - flow.duplicates - flow.strays + flow.lost);
      }
}

TEST_F(MediaTest, LossInBurstsIsToldFromLossAlone) {
  std::vector<unsigned> numbers;  // lost: 20, and 50, 52, 60 (a burst of 11), and 150 to 152 (another)
  for (unsigned i = 0; i < 300; ++i)
    if (i != 20 && i != 50 && i != 52 && i != 60 && (i < 150 || i > 152)) numbers.push_back(i);
  for (const Hook hook : kHooks) {
    const Flow flow = flow_of(hook, numbers);
    EXPECT_EQ(flow.lost, 7U);
    EXPECT_EQ(flow.bursts, 2U);
    EXPECT_EQ(flow.burst_lost, 6U);
    EXPECT_EQ(flow.burst_packets, 11U + 3);
  }
}

TEST_F(MediaTest, JitterIsThatOfRfc3550) {
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    tap_->expect([] {
      MediaEndpoint wanted = endpoint("192.0.2.2", 40000);
      wanted.types = {{96, 48000, false}, {101, 8000, true}};
      return wanted;
    }());
    double jitter = 0;  // A.8, in ns
    std::uint64_t before = 0;
    std::uint32_t timestamp_before = 0;
    for (unsigned i = 0; i < 50; ++i) {
      const std::uint32_t timestamp = i * 48 + i * i % 37;
      run(hook, to_v4().payload(rtp().type(96).sequence(i).timestamp(timestamp)), VIALENS_O_RTP);
      if (i % 10 == 5) {  // is not timed, and spoils nothing
        run(hook, to_v4().payload(rtp().type(101).sequence(i).timestamp(1000)), VIALENS_O_RTP);
      }
      const std::uint64_t now = tap_->flows().front().flow.timed_ns;
      if (i != 0) {
        const double d = static_cast<double>(now - before) - (timestamp - timestamp_before) * 1e9 / 48000;
        jitter += (std::abs(d) - jitter) / 16;
      }
      before = now;
      timestamp_before = timestamp;
    }
    const Flow flow = only();
    ASSERT_TRUE(flow.jitter_ms);
    EXPECT_NEAR(*flow.jitter_ms, jitter / 1e6, 1e-4);
    EXPECT_EQ(flow.clock_rate, 48000U);
    EXPECT_EQ(flow.events, 5U);
    EXPECT_TRUE(flow.negotiated);
  }
}

TEST_F(MediaTest, JitterIsUnknownWithoutAClockAndBeganAnewWithAnother) {
  tap_->forget_flows();
  for (unsigned i = 0; i < 3; ++i) run(Hook::xdp, to_v4().payload(rtp().type(96).sequence(i)), VIALENS_O_RTP);
  EXPECT_FALSE(only().jitter_ms);
  EXPECT_EQ(only().clock_rate, 0U);
  for (unsigned i = 3; i < 5; ++i) run(Hook::xdp, to_v4().payload(rtp().type(0).sequence(i)), VIALENS_O_RTP);
  EXPECT_EQ(only().clock_rate, 8000U);
  ASSERT_TRUE(only().jitter_ms);
  const double before = *only().jitter_ms;
  // Another clock, and timestamps that are far away: nothing is measured across.
  run(Hook::xdp, to_v4().payload(rtp().type(14).sequence(5).timestamp(0xff000000)), VIALENS_O_RTP);
  EXPECT_EQ(only().clock_rate, 90000U);
  EXPECT_EQ(*only().jitter_ms, before);
  // The same clock, and a source whose timestamps jump.
  run(Hook::xdp, to_v4().payload(rtp().type(14).sequence(6).timestamp(1)), VIALENS_O_RTP);
  EXPECT_EQ(*only().jitter_ms, before - before / 16 < before ? *only().jitter_ms : 0);
  EXPECT_LT(*only().jitter_ms, 70.0);
}

TEST_F(MediaTest, AnEndPointThatWasAnnouncedIsBelievedAtOnce) {
  for (const Hook hook : kHooks)
    for (const bool source : {false, true}) {
      tap_->forget_flows();
      tap_->expect(source ? endpoint("2001:db8::1", 16384) : endpoint("2001:db8::2", 40000));
      run(hook, to_v6().payload(rtp()), VIALENS_O_RTP);
      EXPECT_TRUE(only().believed && only().negotiated);
      tap_->forget_flows();
      tap_->expect(endpoint("2001:db8::2", 40002));
      run(hook, to_v6().payload(rtp()), VIALENS_O_RTP);
      EXPECT_FALSE(only().believed || only().negotiated);
    }
}

TEST_F(MediaTest, AnAnnouncementThatComesLaterIsNoticed) {
  tap_->forget_flows();
  for (unsigned i = 0; i < 10; ++i) run(Hook::xdp, to_v4().payload(rtp().type(96).sequence(3 * i)), VIALENS_O_RTP);
  EXPECT_FALSE(only().believed);
  MediaEndpoint late = endpoint("192.0.2.2", 40000);
  late.types = {{96, 16000, false}};
  tap_->expect(late);
  for (unsigned i = 10; i < 80; ++i) run(Hook::xdp, to_v4().payload(rtp().type(96).sequence(3 * i)), VIALENS_O_RTP);
  EXPECT_TRUE(only().believed && only().negotiated);
  EXPECT_EQ(only().clock_rate, 16000U);
}

TEST_F(MediaTest, RandomDatagramsAreNoFlow) {
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    // The same "SSRC" and numbers in sequence, but timestamps or types that no stream has.
    for (unsigned i = 0; i < 20; ++i)
      run(hook, to_v4().payload(rtp().sequence(i).timestamp(i * 0x1357'9bdfU)), VIALENS_O_RTP);
    EXPECT_FALSE(only().believed);
    tap_->forget_flows();
    for (unsigned i = 0; i < 20; ++i) run(hook, to_v4().payload(rtp().sequence(i).type(i)), VIALENS_O_RTP);
    EXPECT_FALSE(only().believed);
  }
}

TEST_F(MediaTest, DscpIsThatOfTheIpHeader) {
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    Frame four = to_v4().payload(rtp());
    four[15] = 46 << 2U | 3U;
    run(hook, four, VIALENS_O_RTP);
    EXPECT_EQ(only().dscp, 46);
    EXPECT_FALSE(only().dscp_changed());
    four[15] = 0;
    run(hook, four, VIALENS_O_RTP);
    EXPECT_EQ(only().dscp, 0);
    EXPECT_EQ(only().dscps, 1U | std::uint64_t{1} << 46U);
    EXPECT_TRUE(only().dscp_changed());
    tap_->forget_flows();
    Frame six = to_v6().payload(rtp());
    six[14] = 0x6b;  // traffic class 0xb8
    six[15] = 0x80;
    run(hook, six, VIALENS_O_RTP);
    EXPECT_EQ(only().dscp, 46);
  }
}

TEST_F(MediaTest, SenderAndReceiverReportsAreRead) {
  const Block about{.ssrc = 7, .fraction = 64, .lost = -2, .highest = 70000, .jitter = 80, .lsr = 5, .dlsr = 0x18000};
  for (const Hook hook : kHooks)
    for (const Packet& front : {to_v4(), to_v6()}) {
      tap_->forget_flows();
      run(hook, Packet(front).payload(sender_report(9, 0x12345678, 100, 16000, {about}) + description(9)),
          VIALENS_O_RTCP);
      Block later = about;
      later.highest = 70100;
      later.lost = 5;
      run(hook, Packet(front).payload(receiver_report(9, {later, {.ssrc = 9}, {.ssrc = 8, .highest = 3}}) + bye(9)),
          VIALENS_O_RTCP);
      const RtcpSource source = only_rtcp();
      EXPECT_EQ(source.ssrc, 9U);
      EXPECT_EQ(source.packets, 2U);
      EXPECT_EQ(source.malformed, 0U);
      EXPECT_EQ(source.sender_reports, 1U);
      EXPECT_EQ(source.receiver_reports, 1U);
      EXPECT_EQ(source.sent_packets, 100U);
      EXPECT_EQ(source.sent_octets, 16000U);
      EXPECT_EQ(source.ntp_middle, 0x12345678U);
      EXPECT_TRUE(source.bye);
      EXPECT_FALSE(source.negotiated);
      ASSERT_EQ(source.reports().size(), 2U) << "a report on oneself is none";
      const RtcpReport& report = source.reports()[0];
      EXPECT_EQ(report.ssrc, 7U);
      EXPECT_EQ(report.reports, 2U);
      EXPECT_EQ(report.fraction_lost, 0.25);
      EXPECT_EQ(report.lost, 5);
      EXPECT_EQ(report.first_highest, 70000U);
      EXPECT_EQ(report.highest, 70100U);
      EXPECT_EQ(report.jitter, 80U);
      EXPECT_EQ(report.lsr, 5U);
      EXPECT_EQ(report.dlsr, std::chrono::milliseconds(1500));
      EXPECT_EQ(source.reports()[1].ssrc, 8U);
      EXPECT_TRUE(tap_->flows().empty());
    }
}

TEST_F(MediaTest, WhatIsNoCompoundPacketIsCountedAndNotRead) {
  const std::string whole = sender_report(9, 1, 2, 3, {{.ssrc = 7}});
  std::string srtcp = whole;
  for (std::size_t i = 8; i < srtcp.size(); ++i) srtcp[i] = static_cast<char>(i * 77);
  std::string claims = receiver_report(9, {{.ssrc = 7}});
  claims[0] = '\x9f';  // 31 blocks, of which one is there
  const struct {
    std::string name, payload;
    bool malformed;
    std::size_t reports;
  } rows[] = {
      {"whole", whole, false, 1},
      {"encrypted, with index and tag", srtcp + std::string(14, '\x80'), true, 0},
      {"with something behind", whole + "abcdefgh", true, 0},
      {"a second report behind the first", sender_report(9, 1, 2, 3) + receiver_report(9, {{.ssrc = 7}}), false, 1},
      {"fewer blocks than it says", claims, false, 1},
      {"more blocks than are kept",
       receiver_report(9, {{.ssrc = 1}, {.ssrc = 2}, {.ssrc = 3}, {.ssrc = 4}, {.ssrc = 5}}), false, 4},
      {"a sender report without its numbers", rtcp_packet(200, 0, std::string(4, '\1')), false, 0},
      {"feedback alone", rtcp_packet(206, 1, std::string(8, '\1')), false, 0},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows) {
      SCOPED_TRACE(row.name);
      tap_->forget_flows();
      run(hook, to_v4().payload(row.payload).pad(20), VIALENS_O_RTCP);
      EXPECT_EQ(only_rtcp().packets, 1U);
      EXPECT_EQ(only_rtcp().malformed, row.malformed ? 1U : 0U);
      EXPECT_EQ(only_rtcp().reports().size(), row.reports);
    }
}

TEST_F(MediaTest, RtcpOnThePortOfRtpIsToldFromIt) {
  MediaEndpoint mux = endpoint("192.0.2.2", 40000);
  mux.rtcp = true;
  tap_->forget_flows();
  tap_->expect(mux);
  run(Hook::ingress, to_v4().payload(rtp()), VIALENS_O_RTP);
  run(Hook::ingress, to_v4().payload(receiver_report(9, {{.ssrc = 7}})), VIALENS_O_RTCP);
  EXPECT_EQ(only().packets, 1U);
  EXPECT_TRUE(only_rtcp().negotiated);
  // Longer than its datagram.
  run(Hook::ingress, to_v4().payload(receiver_report(9, {{.ssrc = 7}}).substr(0, 16)), VIALENS_O_OTHER);
}

TEST_F(MediaTest, FaxIsKnownByItsEndPoint) {
  MediaEndpoint fax;
  fax.at = {*Address::parse("192.0.2.2"), 40000};
  fax.fax = true;
  const auto udptl = [](unsigned number) {
    return std::string{static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)} + std::string("\1\1\0\0", 4);
  };
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    run(hook, v4().udp(16384, 40002).payload(udptl(0)), VIALENS_O_OTHER);
    tap_->expect(fax);
    for (const unsigned number : {0U, 1U, 2U, 2U, 4U}) run(hook, to_v4().payload(udptl(number)), VIALENS_O_UDPTL);
    const Flow flow = only();
    EXPECT_TRUE(flow.kind == FlowKind::fax && flow.believed && flow.negotiated);
    EXPECT_EQ(flow.packets, 5U);
    EXPECT_EQ(flow.bytes, 5U * 6);
    EXPECT_EQ(flow.lost, 1U);
    EXPECT_EQ(flow.duplicates, 1U);
    EXPECT_FALSE(flow.jitter_ms);
    // And back; from another end point; and RTP that goes on in spite of it.
    run(hook, v4().udp(40000, 16384).payload(udptl(0)), VIALENS_O_OTHER);
    run(hook, packet().eth().ipv4("192.0.2.2", "192.0.2.1").udp(40000, 16384).payload(udptl(0)), VIALENS_O_UDPTL);
    run(hook, to_v4().payload(rtp()), VIALENS_O_RTP);
    EXPECT_EQ(tap_->flows().size(), 3U);
  }
}

TEST_F(MediaTest, AHandshakeIsAFlowOfTheEndPointThatWasNegotiated) {
  const auto dtls = [](char type) { return std::string{type, '\xfe', '\xfd'} + std::string(70, '\1'); };
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    run(hook, to_v4().payload(dtls(22)), VIALENS_O_DTLS);
    EXPECT_TRUE(tap_->flows().empty()) << "somebody else's";
    tap_->expect(endpoint("192.0.2.2", 40000));
    for (const char type : {'\x16', '\x16', '\x14'}) run(hook, to_v4().payload(dtls(type)), VIALENS_O_DTLS);
    const Flow flow = only();
    EXPECT_TRUE(flow.kind == FlowKind::dtls && flow.believed && flow.negotiated);
    EXPECT_EQ(flow.packets, 3U);
    EXPECT_EQ(flow.bytes, 3U * 73);
    EXPECT_EQ(flow.payload_types[0], 1ULL << 22U | 1ULL << 20U);
    EXPECT_FALSE(flow.jitter_ms);
    run(hook, to_v4().payload(rtp()), VIALENS_O_RTP);
    EXPECT_EQ(tap_->flows().size(), 2U);
  }
}

}  // namespace
}  // namespace vialens::test

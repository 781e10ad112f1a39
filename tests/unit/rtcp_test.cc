// RTCP on its way to the engine: the round trip, from what passes a tap in both directions.
#include "tests/bpf/rtcp.h"

#include <gtest/gtest.h>

#include "tests/bpf/packet.h"
#include "userspace/call/round_trips.h"
#include "userspace/capture/host_tap.h"

namespace vialens {
namespace {

using namespace test;
using std::chrono::milliseconds;

class RoundTripTest : public testing::Test {
 protected:
  static constexpr std::uint16_t kPorts[] = {5060};

  void packet(milliseconds at, const Packet& front, const std::string& payload) {
    const Frame frame = Packet(front).payload(payload);
    tap.packet(Time(std::chrono::hours(1) + at), frame, static_cast<std::uint32_t>(frame.size()), true);
    tap.rtcp([&](const RtcpSource& source) {
      last = source;
      round_trips.observe(last);
    });
  }

  const Packet out = v4().udp(16385, 40001);
  const Packet back = test::packet().eth().ipv4("192.0.2.2", "192.0.2.1").udp(40001, 16385);
  std::vector<TapInfo> taps{{0, "lan", "eth0", Side::lan, Direction::unknown, "file"}};
  HostTap tap{0, kPorts, [](const Piece&) {}};
  RoundTrips round_trips{taps};
  RtcpSource last;
};

TEST_F(RoundTripTest, IsTheTimeUntilTheAnswerLessWhatTheReceiverWaited) {
  packet(milliseconds(0), out, sender_report(1, 0xabcd0001, 10, 100));
  packet(milliseconds(2040), back, receiver_report(2, {{.ssrc = 1, .lsr = 0xabcd0001, .dlsr = 2 << 16}}));
  ASSERT_EQ(last.reports().size(), 1U);
  ASSERT_TRUE(last.reports()[0].round_trip);
  EXPECT_EQ(*last.reports()[0].round_trip, milliseconds(40));
}

TEST_F(RoundTripTest, IsUnknownOfReportsThatWereNotSeen) {
  packet(milliseconds(0), out, sender_report(1, 0xabcd0001, 10, 100));
  packet(milliseconds(10), back, receiver_report(2, {{.ssrc = 1, .lsr = 0, .dlsr = 0}}));
  EXPECT_FALSE(last.reports()[0].round_trip);
  packet(milliseconds(20), back, receiver_report(2, {{.ssrc = 1, .lsr = 0xabcd0002, .dlsr = 0}}));
  EXPECT_FALSE(last.reports()[0].round_trip);
  packet(milliseconds(30), back, receiver_report(2, {{.ssrc = 3, .lsr = 0xabcd0001, .dlsr = 0}}));
  EXPECT_FALSE(last.reports()[1].round_trip);
  packet(milliseconds(40), back, receiver_report(2, {{.ssrc = 1, .lsr = 0xabcd0001, .dlsr = 9 << 16}}));
  EXPECT_FALSE(last.reports()[0].round_trip) << "it cannot have waited longer than there was time";
}

}  // namespace
}  // namespace vialens

// RTP out of capture files: the table of flows, what a tap adds to it, and when the application hears of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bpf/packet.h"
#include "tests/bpf/rtp.h"
#include "tests/unit/capture_file.h"
#include "tests/unit/sink_fixture.h"
#include "userspace/capture/file_capture.h"
#include "userspace/capture/host_tap.h"
#include "userspace/capture/recent_table.h"
#include "userspace/engine/engine.h"
#include "userspace/sink/terminal.h"

namespace vialens {
namespace {

using namespace test;

using Ssrcs = std::vector<std::uint32_t>;

vialens_flow_key key(std::uint32_t ssrc) {
  vialens_flow_key key{};
  key.ssrc = ssrc;
  return key;
}

Ssrcs changed(FlowTable& table) {
  Ssrcs result;
  table.changed([&](const vialens_flow_key& k, const vialens_flow&) { result.push_back(k.ssrc); });
  return result;
}

// As the tap does it.
void count(FlowTable& table, std::uint32_t ssrc) {
  if (table.find(key(ssrc)) == nullptr) table.add(key(ssrc), {});
  ++table.find(key(ssrc))->packets;
}

TEST(FlowTableTest, FindsWhatWasAdded) {
  FlowTable table;
  EXPECT_EQ(table.find(key(1)), nullptr);
  count(table, 1);
  count(table, 2);
  count(table, 1);
  ASSERT_NE(table.find(key(1)), nullptr);
  EXPECT_EQ(table.find(key(1))->packets, 2U);
  EXPECT_EQ(table.find(key(2))->packets, 1U);
  vialens_flow_key other = key(1);
  other.tap = 1;
  EXPECT_EQ(table.find(other), nullptr);
}

TEST(FlowTableTest, AddsNothingTwice) {
  FlowTable table;
  count(table, 1);
  table.add(key(1), {});
  EXPECT_EQ(table.find(key(1))->packets, 1U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(FlowTableTest, ForgetsTheLeastRecentOne) {
  FlowTable table(3);
  for (const std::uint32_t ssrc : {1U, 2U, 3U, 1U, 4U}) count(table, ssrc);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.evicted(), 1U);
  EXPECT_EQ(table.find(key(2)), nullptr);
  for (const std::uint32_t ssrc : {1U, 3U, 4U}) EXPECT_NE(table.find(key(ssrc)), nullptr) << ssrc;
}

TEST(FlowTableTest, TellsWhatChanged) {
  FlowTable table;
  EXPECT_EQ(changed(table), Ssrcs{});
  for (const std::uint32_t ssrc : {1U, 2U, 3U}) count(table, ssrc);
  EXPECT_EQ(changed(table), Ssrcs({3, 2, 1}));
  EXPECT_EQ(changed(table), Ssrcs{});
  count(table, 2);
  EXPECT_EQ(changed(table), Ssrcs{2});
  EXPECT_EQ(changed(table), Ssrcs{});
}

TEST(FlowTableTest, TellsWhatChangedBehindWhatWasOnlyLookedAt) {
  FlowTable table;
  for (const std::uint32_t ssrc : {1U, 2U, 3U}) count(table, ssrc);
  changed(table);
  count(table, 1);
  table.find(key(2));
  EXPECT_EQ(changed(table), Ssrcs{1});
}

TEST(FlowTableTest, HasRoomForTheStreamsOfEveryCallThatIsFollowed) {
  EXPECT_GE(FlowTable().capacity(), 2 * kMostCalls);
}

constexpr std::int64_t kSecond = 1'000'000'000, kStart = 1'700'000'000 * kSecond;

Time at(std::int64_t ns) { return Time(Duration(ns)); }

class HostFlowsTest : public testing::Test {
 protected:
  void packet(std::int64_t ns, const Frame& frame, std::size_t in_hand = SIZE_MAX) {
    tap.packet(at(ns), std::span(frame).first(std::min(in_hand, frame.size())),
               static_cast<std::uint32_t>(frame.size()), true);
  }
  std::vector<Flow> flows() {
    std::vector<Flow> result;
    tap.flows([&](const Flow& flow) { result.push_back(flow); });
    return result;
  }

  static constexpr std::uint16_t kPorts[] = {5060};
  HostTap tap{3, kPorts, [](const Piece& piece) { ADD_FAILURE() << piece.bytes; }};
};

TEST_F(HostFlowsTest, SayWhatTheFileSays) {
  const Packet front = v4().udp(16384, 40000);
  packet(kStart, Packet(front).payload(rtp().sequence(9)));
  packet(kStart + 20, Packet(front).payload(rtp().sequence(10).silence(160)));
  packet(kStart + 70, Packet(front).payload(rtp().sequence(11).type(13).payload("\x40")));
  packet(kStart + 60, Packet(front).payload(rtp().sequence(12).type(101).payload("abcd")));
  const std::vector<Flow> all = flows();
  ASSERT_EQ(all.size(), 1U);
  const Flow& flow = all[0];
  EXPECT_EQ(flow.tap, 3);
  EXPECT_EQ(to_string(flow.source), "192.0.2.1:16384");
  EXPECT_EQ(to_string(flow.destination), "192.0.2.2:40000");
  EXPECT_EQ(flow.ssrc, 0xdeadbeefU);
  EXPECT_EQ(flow.first, at(kStart));
  EXPECT_EQ(flow.last, at(kStart + 70)) << "time does not go back";
  EXPECT_EQ(flow.longest_gap, Duration(50));
  EXPECT_EQ(flow.packets, 4U);
  EXPECT_EQ(flow.bytes, 160U + 160 + 1 + 4);
  EXPECT_EQ(flow.silent, 1U);
  EXPECT_EQ(flow.comfort_noise, 1U);
  EXPECT_EQ(flow.payload_type, 101);
  EXPECT_EQ(flow.payload_types, (std::array<std::uint64_t, 2>{1 | 1U << 13U, std::uint64_t{1} << 37U}));
  EXPECT_TRUE(flow.believed);
  EXPECT_EQ(tap.counters().packets[VIALENS_O_RTP], 4U);
  EXPECT_EQ(tap.tables()[0].evictions, 0U);
  EXPECT_TRUE(flows().empty());
}

TEST_F(HostFlowsTest, MakeDoWithWhatIsLeftOfACutCapture) {
  const Frame frame = v4().udp(16384, 40000).payload(rtp().silence(160));
  for (std::size_t size = 43; size < frame.size(); ++size) packet(kStart, frame, size);
  const std::uint64_t whole_header = frame.size() - 54, without = 54 - 43;
  EXPECT_EQ(tap.counters().packets[VIALENS_O_RTP], whole_header + without);
  EXPECT_EQ(tap.counters().flows_failed, without) << "no SSRC";
  const std::vector<Flow> all = flows();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].packets, whole_header);
  EXPECT_EQ(all[0].bytes, 160 * whole_header) << "as on the wire";
  EXPECT_EQ(all[0].silent, frame.size() - 54 - 32) << "those of which the first 4 ms are there";
}

Record record(std::int64_t ns, const Frame& frame) { return {ns, std::string(frame.begin(), frame.end())}; }

TEST(FileFlowsTest, AreThereOnceASecond) {
  Folder folder;
  std::vector<Record> lan, wan;
  const auto both = [&](std::int64_t ns, std::uint32_t ssrc, unsigned sequence) {
    const std::string media = rtp().ssrc(ssrc).sequence(sequence);
    lan.push_back(record(ns, v4().udp(16384, 40000).payload(media)));
    wan.push_back(record(ns + 1'000'000, v6().udp(20000, 40000).payload(media)));
  };
  for (unsigned i = 0; i < 125; ++i) both(kStart + i * kSecond / 50, 1, i);
  for (unsigned i = 0; i < 10; ++i) both(kStart + 5 * kSecond + i * kSecond / 50, 2, i);
  FileCapture capture({{folder.write("lan.pcap", pcap(lan, {.nanoseconds = true})), Side::lan},
                       {folder.write("wan.pcap", pcap(wan, {.nanoseconds = true})), Side::wan}},
                      {5060});
  Output output;
  Terminal terminal{output.stream(), false};
  Engine engine(capture.taps(), terminal);
  std::string heard;
  const FlowSink hear = [&](const Flow& flow) {
    heard += std::to_string(flow.tap) + "/" + std::to_string(flow.ssrc) + ":" + std::to_string(flow.packets) + " ";
    engine.observe(flow);
  };
  Time read = at(kStart);
  capture.run([](const Piece&) {},
              [&](TapId, Time now) {
                if (now - read < std::chrono::seconds(1)) return;
                read = now;
                capture.flows(hear);
                heard += "| ";
              });
  capture.flows(hear);
  EXPECT_EQ(heard, "0/1:50 1/1:50 | 0/1:100 1/1:100 | 0/1:125 1/1:125 | 0/2:10 1/2:10 ");
  EXPECT_EQ(engine.totals().rtp_streams, 4U);
}

TEST(FileFlowsTest, AreCountedByTheEngineOnceTheyAreBelieved) {
  const std::vector<TapInfo> taps(2);
  Output output;
  Terminal terminal{output.stream(), false};
  Engine engine(taps, terminal);
  Flow flow;
  flow.packets = 1;
  engine.observe(flow);
  EXPECT_EQ(engine.totals().rtp_streams, 0U);
  flow.believed = true;
  for (int i = 0; i < 3; ++i) engine.observe(flow);
  EXPECT_EQ(engine.totals().rtp_streams, 1U);
  flow.tap = 1;
  engine.observe(flow);
  flow.ssrc = 1;
  engine.observe(flow);
  flow.destination.port = 1;
  engine.observe(flow);
  EXPECT_EQ(engine.totals().rtp_streams, 4U);
}

}  // namespace
}  // namespace vialens

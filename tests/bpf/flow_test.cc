// RTP in the kernel programs: which flow a packet belongs to, and what it adds to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "tests/bpf/frames.h"
#include "tests/bpf/packet.h"
#include "tests/bpf/rtp.h"
#include "tests/bpf/tap_runner.h"

namespace vialens::test {
namespace {

constexpr std::uint8_t kTapBase = 4;

std::string mapped(std::string_view last_four) { return std::string(10, '\0') + "\xff\xff" + std::string(last_four); }

std::string address(const __u8 (&bytes)[16]) { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }

Packet media() { return v4().udp(16384, 40000); }

class FlowTest : public testing::Test {
 protected:
  void SetUp() override { use({.tap_base = kTapBase}); }

  void use(const RunnerOptions& options) {
    try {
      tap_ = std::make_unique<TapRunner>(options);
      tap_->watch(5060);
    } catch (const NotPermitted& reason) {
      GTEST_SKIP() << reason.what();
    }
  }

  Outcome run(Hook hook, const Frame& frame, vialens_outcome expected = VIALENS_O_RTP) {
    Outcome outcome = tap_->run(hook, frame);
    EXPECT_EQ(outcome.counted(), static_cast<unsigned>(expected)) << to_string(hook);
    EXPECT_EQ(outcome.out, frame);
    EXPECT_TRUE(outcome.events.empty()) << "no media is handed up";
    return outcome;
  }

  // The only flow there is, after these payloads went by.
  vialens_flow flow_of(Hook hook, const std::vector<std::string>& payloads) {
    tap_->forget_flows();
    for (const std::string& payload : payloads) run(hook, media().payload(payload));
    return only().flow;
  }

  FlowEntry only() {
    const std::vector<FlowEntry> flows = tap_->flows();
    EXPECT_EQ(flows.size(), 1U);
    return flows.empty() ? FlowEntry{} : flows.front();
  }

  std::unique_ptr<TapRunner> tap_;
};

TEST_F(FlowTest, HoldsExactlyWhatItsPacketsSaid) {
  for (const Hook hook : kHooks) {
    SCOPED_TRACE(to_string(hook));
    tap_->forget_flows();
    run(hook, media().payload(rtp().sequence(65534).marker()));
    const std::uint64_t first = only().flow.first_ns;
    EXPECT_NE(first, 0U);
    EXPECT_EQ(only().flow.last_ns, first);
    EXPECT_EQ(only().flow.longest_gap_ns, 0U);
    EXPECT_EQ(only().flow.believed, 0);
    run(hook, media().payload(rtp().sequence(65535).silence(160)));
    const std::uint64_t gap = only().flow.longest_gap_ns;
    EXPECT_GT(gap, 0U);
    EXPECT_EQ(only().flow.last_ns, first + gap);
    run(hook, media().payload(rtp().sequence(0).type(13).payload("\x40")));
    run(hook, media().payload(rtp().sequence(1).type(101).marker().payload(std::string(4, '\1'))));

    const auto [key, flow] = only();
    EXPECT_EQ(address(key.saddr), mapped(std::string("\xc0\0\2\1", 4)));
    EXPECT_EQ(address(key.daddr), mapped(std::string("\xc0\0\2\2", 4)));
    EXPECT_EQ(key.sport, 16384);
    EXPECT_EQ(key.dport, 40000);
    EXPECT_EQ(key.ssrc, 0xdeadbeefU);
    EXPECT_EQ(key.tap, kTapBase + (hook == Hook::egress ? VIALENS_OUT : VIALENS_IN));
    EXPECT_EQ(key.kind | key.pad[0] | key.pad[1], 0);
    EXPECT_EQ(flow.packets, 4U);
    EXPECT_EQ(flow.bytes, 160U + 160 + 1 + 4);
    EXPECT_EQ(flow.first_ns, first);
    EXPECT_GE(flow.last_ns, first + flow.longest_gap_ns);
    EXPECT_GE(flow.longest_gap_ns, gap);
    EXPECT_EQ(flow.silent, 1U);
    EXPECT_EQ(flow.comfort_noise, 1U);
    EXPECT_EQ(flow.markers, 2U);
    EXPECT_EQ(flow.payload_types[0], 1U | 1U << 13U);
    EXPECT_EQ(flow.payload_types[1], std::uint64_t{1} << (101 - 64));
    EXPECT_EQ(flow.last_payload_type, 101);
    EXPECT_EQ(flow.highest, 0x20001U);
    EXPECT_EQ(flow.believed, 1);
  }
}

TEST_F(FlowTest, BelievesTwoPacketsInSequence) {
  const struct {
    std::vector<unsigned> sequence;
    bool believed;
  } rows[] = {
      {{7}, false},          {{7, 8}, true}, {{7, 9}, false},          {{7, 7}, false},         {{8, 7}, false},
      {{65535, 0}, true},    {{0}, false},   {{1, 3, 5, 7, 9}, false}, {{1, 3, 5, 6, 9}, true}, {{7, 8, 8, 100}, true},
      {{5, 4, 6, 5}, false},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows) {
      SCOPED_TRACE(testing::PrintToString(row.sequence));
      std::vector<std::string> payloads;
      for (const unsigned sequence : row.sequence) payloads.push_back(rtp().sequence(sequence));
      EXPECT_EQ(flow_of(hook, payloads).believed, row.believed ? 1 : 0);
    }
}

TEST_F(FlowTest, FollowsTheSequenceAsRfc3550Does) {
  const struct {
    std::vector<unsigned> sequence;
    unsigned last;
  } rows[] = {
      {{1, 2, 5}, 5},              // lost ones
      {{1, 2, 5, 3}, 5},           // a late one
      {{1, 2, 2}, 2},              // a repeated one
      {{65535, 0, 65535}, 0},      // late across the wrap
      {{1, 2, 2 + 2999}, 3001},    // the farthest jump
      {{1, 2, 2 + 3000}, 2},       // one farther: not before the next one confirms it
      {{1, 2, 9000, 9001}, 9001},  //
      {{1, 2, 9000, 9002}, 2},     //
      {{1, 2, 9000, 3, 9001}, 9001},
      {{200, 201, 102}, 201},       // 99 behind
      {{200, 201, 100, 101}, 101},  // 100 behind is a jump
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.sequence));
    std::vector<std::string> payloads;
    for (const unsigned sequence : row.sequence) payloads.push_back(rtp().sequence(sequence));
    const vialens_flow flow = flow_of(Hook::xdp, payloads);
    EXPECT_EQ(flow.highest & 0xffffU, row.last);
    EXPECT_EQ(flow.believed, 1);
    EXPECT_EQ(flow.packets, row.sequence.size());
  }
}

TEST_F(FlowTest, KnowsSilence) {
  const std::string ff(32, '\xff');
  std::string tone;  // 400 Hz, of which every 20th byte is the same
  for (int i = 0; i < 160; ++i) tone += static_cast<char>(i % 20);
  std::string middle(160, '\xd5');
  middle[80] = '\1';
  std::string late(160, '\xff'), end(160, '\xff');
  late[31] = end[159] = '\x7f';
  const struct {
    std::string name, payload;
    bool silent;
  } rows[] = {
      {"u-law", rtp().silence(160), true},
      {"A-law", rtp().type(8).silence(160, '\xd5'), true},
      {"any byte", rtp().silence(160, '\0'), true},
      {"10 ms", rtp().silence(80), true},
      {"20 ms and a marker bit", rtp().marker().silence(160), true},
      {"4 ms", rtp().silence(32), true},
      {"too short to judge", rtp().silence(31), false},
      {"nothing", rtp().silence(0), false},
      {"speech", rtp(), false},
      {"a tone", rtp().payload(tone), false},
      {"one byte at the beginning", rtp().payload(late), false},
      {"one byte at the end", rtp().payload(end), false},
      {"one byte in the middle, which is not looked at", rtp().payload(middle), true},
      {"another codec", rtp().type(18).silence(160), false},
      {"behind contributors and an extension", rtp().contributors(3).extension(2).silence(160), true},
      {"an extension that claims more than there is", rtp().extension(0).payload(ff).contributors(1), true},
      {"jumbo", rtp().silence(1400), true},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows) {
      SCOPED_TRACE(row.name);
      EXPECT_EQ(flow_of(hook, {row.payload}).silent, row.silent ? 1U : 0U);
    }
}

TEST_F(FlowTest, CountsBytesBehindTheHeader) {
  std::string lying = rtp().extension(1).payload("abcd");
  lying[15] = '\xff';  // 255 words
  std::string cut = rtp().payload("ab");
  cut[0] = '\x90';  // an extension without room for its header
  const struct {
    std::string name, payload;
    std::uint64_t bytes;
  } rows[] = {
      {"no payload", rtp().payload(""), 0},
      {"one byte", rtp().payload("a"), 1},
      {"contributors", rtp().contributors(15).payload("abc"), 3},
      {"contributors and nothing else", rtp().contributors(15).payload(""), 0},
      {"an empty extension", rtp().extension(0).payload("abc"), 3},
      {"an extension", rtp().extension(3).payload("abc"), 3},
      {"contributors and an extension", rtp().contributors(2).extension(3).payload("abc"), 3},
      {"an extension that is longer than the packet", lying, 0},
      {"an extension without its header", cut, 2},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows) {
      SCOPED_TRACE(row.name);
      EXPECT_EQ(flow_of(hook, {row.payload}).bytes, row.bytes);
    }
}

TEST_F(FlowTest, LeavesPaddingOfTheFrameOut) {
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    run(hook, media().payload(rtp().payload("a")).pad(30));
    run(hook, media().payload(rtp().payload("a").extension(0)).pad(30));
    EXPECT_EQ(only().flow.bytes, 2U);
  }
}

TEST_F(FlowTest, FindsAddressesUnderEveryHeader) {
  const std::string one("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16), two(one.substr(0, 15) + '\2');
  const std::string four = mapped(std::string("\xc0\0\2\1", 4));
  const struct {
    std::string name;
    Packet front;
    std::string source;
  } rows[] = {
      {"a VLAN", packet().eth().vlan(1).ipv4("192.0.2.1", "192.0.2.2"), four},
      {"QinQ and PPPoE", packet().eth().qinq().vlan(1).pppoe().ipv4("192.0.2.1", "192.0.2.2"), four},
      {"IPv4 options", v4().options(10), four},
      {"IPv6", v6(), one},
      {"IPv6 in a VLAN", packet().eth().vlan(7).ipv6("2001:db8::1", "2001:db8::2"), one},
      {"IPv6 extension headers", v6().hop_by_hop().destination_options(3), one},
  };
  for (const Hook hook : kHooks)
    for (const auto& row : rows) {
      SCOPED_TRACE(row.name);
      tap_->forget_flows();
      run(hook, Packet(row.front).udp(16384, 40000).payload(rtp().silence(160)));
      EXPECT_EQ(address(only().key.saddr), row.source);
      EXPECT_EQ(only().flow.bytes, 160U);
      EXPECT_EQ(only().flow.silent, 1U);
      EXPECT_EQ(address(only().key.daddr), row.source == one ? two : mapped(std::string("\xc0\0\2\2", 4)));
    }
}

TEST_F(FlowTest, CountsAPacketInFragmentsAsOne) {
  std::uint32_t id = 20;
  for (const Hook hook : kHooks)
    for (const bool six : {false, true}) {
      SCOPED_TRACE(std::string(to_string(hook)) + (six ? ", IPv6" : ", IPv4"));
      tap_->forget_flows();
      for (const unsigned sequence : {7U, 8U}) {
        const std::string payload = rtp().sequence(sequence).type(96).payload(std::string(3000, 'x'));
        const std::vector<Frame> pieces = fragments((six ? v6() : v4()).udp(16384, 40000).payload(payload), ++id, 1480);
        ASSERT_EQ(pieces.size(), 3U);
        for (const Frame& piece : pieces)
          run(hook, piece, &piece == &pieces.front() ? VIALENS_O_RTP : VIALENS_O_FRAGMENT_OTHER);
      }
      const vialens_flow flow = only().flow;
      EXPECT_EQ(flow.packets, 2U);
      EXPECT_EQ(flow.bytes, 6000U);
      EXPECT_NE(flow.believed, 0);
    }
}

TEST_F(FlowTest, WorksOnFramesThatBeginWithTheirIpHeader) {
  use({.ethernet = false});
  if (tap_ == nullptr) return;
  for (const Hook hook : kHooks) {
    tap_->forget_flows();
    run(hook, packet().ipv6("2001:db8::1", "2001:db8::2").udp(16384, 40000).payload(rtp()));
    EXPECT_EQ(only().flow.bytes, 160U);
  }
}

TEST_F(FlowTest, TellsFlowsApart) {
  const Frame frames[] = {
      media().payload(rtp()),
      media().payload(rtp().ssrc(1)),
      v4().udp(16386, 40000).payload(rtp()),
      v4().udp(16384, 40002).payload(rtp()),
      packet().eth().ipv4("192.0.2.9", "192.0.2.2").udp(16384, 40000).payload(rtp()),
      packet().eth().ipv4("192.0.2.1", "192.0.2.9").udp(16384, 40000).payload(rtp()),
      v6().udp(16384, 40000).payload(rtp()),
  };
  for (const Frame& frame : frames)
    for (const Hook hook : {Hook::ingress, Hook::egress}) run(hook, frame);
  run(Hook::xdp, frames[0]);  // comes in, as at the ingress hook
  const auto flows = tap_->flows();
  EXPECT_EQ(flows.size(), 2 * std::size(frames));
  EXPECT_EQ(std::count_if(flows.begin(), flows.end(), [](const FlowEntry& entry) { return entry.flow.packets == 2; }),
            1);
}

TEST_F(FlowTest, MakesNoFlowOfAnythingElse) {
  for (const Hook hook : kHooks)
    for (const Case& c : ethernet_cases()) {
      tap_->forget_flows();
      const auto outcome = tap_->try_run(hook, c.frame);
      if (!outcome) continue;
      EXPECT_EQ(tap_->flows().size(), c.outcome == VIALENS_O_RTP ? 1U : 0U) << to_string(hook) << ": " << c.name;
      EXPECT_EQ(outcome->counters.flows_failed, 0U) << c.name;
    }
}

TEST_F(FlowTest, ForgetsTheLeastRecentOnesAndCountsOn) {
  const Frame busy = media().payload(rtp().ssrc(0));
  Frame other = busy;
  const unsigned several = 3 * VIALENS_FLOWS;
  const vialens_counters before = tap_->counters(Hook::xdp);
  for (unsigned i = 1; i <= several; ++i) {
    for (unsigned byte = 0; byte < 4; ++byte) other[42 + 8 + byte] = static_cast<std::uint8_t>(i >> (24 - 8 * byte));
    tap_->repeat(Hook::xdp, other, 1);
    if (i % 64 == 0) tap_->repeat(Hook::xdp, busy, 1);
  }
  const vialens_counters counters = tap_->since(before, Hook::xdp);
  EXPECT_EQ(counters.packets[VIALENS_O_RTP], several + several / 64);
  EXPECT_EQ(counters.flows_failed, 0U);
  const auto flows = tap_->flows();
  EXPECT_EQ(counters.flows_made, several + 1) << "what is not there any more has been evicted";
  EXPECT_LE(flows.size(), VIALENS_FLOWS);
  EXPECT_GT(flows.size(), VIALENS_FLOWS / 2);
  const auto found =
      std::find_if(flows.begin(), flows.end(), [](const FlowEntry& entry) { return entry.key.ssrc == 0; });
  ASSERT_NE(found, flows.end()) << "a flow that goes on stays";
  EXPECT_EQ(found->flow.packets, several / 64);
}

// A stream of each of 25,000 calls, each way, in and out: all are still there when their next packet comes.
TEST_F(FlowTest, KeepsTheFlowsOfAsManyCallsAsItWasMadeFor) {
  constexpr std::uint32_t kCalls = 25'000;
  RunnerOptions options;
  options.tables = live::TableSizes::for_calls(kCalls);
  TapRunner tap(options);
  Frame frame = media().payload(rtp().ssrc(0));
  constexpr int kPackets = 3;
  for (int packet = 0; packet < kPackets; ++packet)
    for (std::uint32_t ssrc = 1; ssrc <= 2 * kCalls; ++ssrc) {
      for (unsigned byte = 0; byte < 4; ++byte)
        frame[42 + 8 + byte] = static_cast<std::uint8_t>(ssrc >> (24 - 8 * byte));
      for (const Hook hook : {Hook::xdp, Hook::egress}) tap.repeat(hook, frame, 1);
    }
  const auto flows = tap.flows();
  EXPECT_EQ(flows.size(), 4 * kCalls);
  EXPECT_EQ(
      std::count_if(flows.begin(), flows.end(), [](const FlowEntry& entry) { return entry.flow.packets == kPackets; }),
      4 * kCalls);
}

// BPF_PROG_TEST_RUN puts what exceeds a page behind the linear part, which here ends between headers and payload.
TEST_F(FlowTest, SaysThatItCouldNotAccountAPacketWhosePayloadItCannotReach) {
  const std::string text = rtp().silence(1000);
  const Frame frame = v6().destination_options(215).destination_options(215).udp(16384, 40000).payload(text);
  const auto outcome = tap_->try_run(Hook::xdp, frame);
  if (!outcome) GTEST_SKIP() << "this kernel has no XDP frames in pieces";
  EXPECT_EQ(outcome->counted(), VIALENS_O_RTP);
  EXPECT_EQ(outcome->counters.flows_failed + tap_->flows().size(), 1U);
}

}  // namespace
}  // namespace vialens::test

// The kernel programs on single frames: where each ends, what is handed up of it, and that it goes on untouched.
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <thread>

#include "tests/bpf/frames.h"
#include "tests/bpf/packet.h"
#include "tests/bpf/rtp.h"
#include "tests/bpf/tap_runner.h"
#include "vialens/packet.h"

namespace vialens::test {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

constexpr std::uint16_t kWatched = 5060;
constexpr std::uint8_t kAck = 0x10, kPush = 8;

std::uint64_t sum(const __u64 (&values)[VIALENS_OUTCOMES]) {
  return std::accumulate(std::begin(values), std::end(values), std::uint64_t{0});
}

int verdict(Hook hook) { return hook == Hook::xdp ? static_cast<int>(XDP_PASS) : TC_ACT_UNSPEC; }

std::string mapped(std::string_view last_four) { return std::string(10, '\0') + "\xff\xff" + std::string(last_four); }

std::string address(const __u8 (&bytes)[16]) { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }

// A load costs more than a thousand runs: one per set of options and process.
TapRunner* tap(const std::string& name, const RunnerOptions& options, std::string& missing) {
  static std::map<std::string, std::unique_ptr<TapRunner>> taps;
  auto& tap = taps[name];
  try {
    if (!tap) tap = std::make_unique<TapRunner>(options);
  } catch (const NotPermitted& reason) {
    missing = reason.what();
    return nullptr;
  }
  tap->drain();
  tap->forget_fragments();
  for (unsigned port = 0; port < 65536; ++port) tap->watch(static_cast<std::uint16_t>(port), false);
  tap->watch(kWatched);
  return tap.get();
}

class TapTest : public testing::Test {
 protected:
  void SetUp() override { use("ethernet", {.tap_base = 4}); }

  void use(const std::string& name, const RunnerOptions& options) {
    std::string missing;
    tap_ = tap(name, options, missing);
    if (tap_ == nullptr) GTEST_SKIP() << missing;
  }

  // Runs the frame and checks what holds for every packet: it goes on as it came, and ends in one counter.
  Outcome run(Hook hook, const Frame& frame) { return checked(hook, frame, tap_->run(hook, frame)); }

  Outcome checked(Hook hook, const Frame& frame, Outcome outcome) {
    EXPECT_EQ(outcome.verdict, verdict(hook));
    EXPECT_EQ(outcome.out, frame);
    EXPECT_LT(outcome.counted(), VIALENS_OUTCOMES) << sum(outcome.counters.packets) << " packets counted";
    EXPECT_EQ(outcome.counters.events, outcome.events.size());
    for (const Event& event : outcome.events) {
      EXPECT_EQ(event.header.cap_len, event.bytes.size());
      EXPECT_EQ(event.header.wire_len, event.bytes.size());
      EXPECT_NE(event.header.ktime_ns, 0U);
    }
    return outcome;
  }

  void run_table(const std::vector<Case>& cases) {
    for (const Hook hook : kHooks) {
      tap_->forget_fragments();
      for (const Case& c : cases) {
        SCOPED_TRACE(std::string(to_string(hook)) + ": " + c.name);
        auto outcome = tap_->try_run(hook, c.frame);
        if (!outcome) {  // too short for its own Ethernet type: no network card hands up such a thing as an skb
          EXPECT_NE(hook, Hook::xdp);
          EXPECT_TRUE(c.outcome == VIALENS_O_BROKEN || c.outcome == VIALENS_O_OTHER);
          continue;
        }
        checked(hook, c.frame, *outcome);
        EXPECT_EQ(outcome->counted(), c.outcome);
        const bool ours =
            c.outcome == VIALENS_O_SIP || c.outcome == VIALENS_O_SEGMENT || c.outcome == VIALENS_O_FRAGMENT;
        EXPECT_EQ(outcome->events.size(), ours ? 1U : 0U);
      }
    }
  }

  Event event_of(Hook hook, const Frame& frame) {
    Outcome outcome = run(hook, frame);
    EXPECT_EQ(outcome.events.size(), 1U);
    return outcome.events.empty() ? Event{} : outcome.events.front();
  }

  TapRunner* tap_ = nullptr;
};

TEST_F(TapTest, SortsEveryFrameIntoOneOutcomeAndPassesItOn) { run_table(ethernet_cases()); }

TEST_F(TapTest, SortsEveryFrameThatBeginsWithItsIpHeader) {
  use("raw", {.ethernet = false});
  if (tap_ != nullptr) run_table(raw_cases());
}

TEST_F(TapTest, SortsEveryFrameOnKernelsWithoutXdpLoadBytes) {
  use("no xdp_load_bytes", {.xdp_load_bytes = false});
  if (tap_ != nullptr) run_table(ethernet_cases());
}

TEST_F(TapTest, CallsAFrameBrokenWhereverItIsCutOff) {
  const Packet packets[] = {
      v4().udp(5060, 5060).payload(kOptions),
      v4().options(3).udp(5060, 5060).payload(kOptions),
      v6().udp(5060, 5060).payload(kOptions),
      v6().hop_by_hop().routing(1).fragment(1, 0, false).authentication().udp(5060, 5060).payload(kOptions),
      v4().tcp(5060, 5060).options(2).payload(kOptions),
      v6().tcp(5060, 5060).payload(kOptions),
      packet().eth().qinq().vlan(2).vlan(3).ipv4("192.0.2.1", "192.0.2.2").udp(5060, 5060).payload(kOptions),
      packet().eth().vlan(2).pppoe().ipv6("2001:db8::1", "2001:db8::2").udp(5060, 5060).payload(kOptions),
      v4().fragment(1, 0, true).udp(5060, 5060).payload(kOptions),
      v6().fragment(1, 800, true).next(17).payload(kOptions),
  };
  for (const Hook hook : kHooks) {
    for (std::size_t i = 0; i < std::size(packets); ++i) {
      const Frame whole = packets[i];
      std::size_t taken = 0;
      for (std::size_t size = 14; size < whole.size(); ++size) {
        SCOPED_TRACE(std::string(to_string(hook)) + ": packet " + std::to_string(i) + " cut to " +
                     std::to_string(size));
        const Frame frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto outcome = tap_->try_run(hook, frame);
        if (!outcome) continue;
        ++taken;
        checked(hook, frame, *outcome);
        EXPECT_EQ(outcome->counted(), VIALENS_O_BROKEN);
        EXPECT_TRUE(outcome->events.empty());
      }
      EXPECT_GT(taken, whole.size() - 14 - (hook == Hook::xdp ? 1 : 41));
    }
  }
}

TEST_F(TapTest, NeverLosesCountOfFramesWithEveryByteChanged) {
  const Packet packets[] = {
      packet().eth().vlan(7).pppoe().ipv4("192.0.2.1", "192.0.2.2").options(2).udp(5060, 5060).payload(kOptions),
      packet()
          .eth()
          .qinq()
          .ipv6("2001:db8::1", "2001:db8::2")
          .hop_by_hop()
          .fragment(1, 0, false)
          .tcp(5060, 5060)
          .options(1)
          .payload(kOptions),
  };
  for (const Hook hook : kHooks) {
    for (const Frame whole : packets) {
      for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
          SCOPED_TRACE(std::string(to_string(hook)) + ": byte " + std::to_string(at) + " set to " +
                       std::to_string(value));
          Frame frame = whole;
          frame[at] = static_cast<std::uint8_t>(value);
          if (const auto outcome = tap_->try_run(hook, frame)) checked(hook, frame, *outcome);
        }
      }
    }
  }
}

TEST_F(TapTest, ObeysPortsThatAreConfiguredWhileItRuns) {
  const Frame to = v4().udp(40000, 65535).payload("text that is no SIP message");
  const Frame from = v4().udp(15061, 40000).payload("text that is no SIP message");
  for (const Hook hook : kHooks) {
    EXPECT_EQ(run(hook, to).counted(), VIALENS_O_OTHER);
    EXPECT_EQ(run(hook, from).counted(), VIALENS_O_OTHER);
    tap_->watch(65535);
    tap_->watch(15061);
    EXPECT_EQ(run(hook, to).counted(), VIALENS_O_SIP);
    EXPECT_EQ(run(hook, from).counted(), VIALENS_O_SIP);
    tap_->watch(65535, false);
    tap_->watch(15061, false);
    EXPECT_EQ(run(hook, to).counted(), VIALENS_O_OTHER);
    EXPECT_EQ(run(hook, from).counted(), VIALENS_O_OTHER);
  }
}

TEST_F(TapTest, HandsUpWhatTheHeadersOfADatagramSay) {
  for (const Hook hook : kHooks) {
    SCOPED_TRACE(to_string(hook));
    const Event event = event_of(hook, packet()
                                           .eth()
                                           .vlan(9)
                                           .ipv4("192.0.2.1", "198.51.100.77", 0xabcd)
                                           .options()
                                           .udp(5060, 61234)
                                           .payload(kInvite)
                                           .pad(9));
    EXPECT_EQ(event.bytes, kInvite);
    EXPECT_EQ(event.header.kind, VIALENS_DATAGRAM);
    EXPECT_EQ(event.header.protocol, VIALENS_IPPROTO_UDP);
    EXPECT_EQ(address(event.header.saddr), mapped({"\xc0\0\x02\x01", 4}));
    EXPECT_EQ(address(event.header.daddr), mapped("\xc6\x33\x64\x4d"));
    EXPECT_EQ(event.header.sport, 5060);
    EXPECT_EQ(event.header.dport, 61234);
    EXPECT_EQ(event.header.ip_id, 0xabcdU);
    EXPECT_EQ(event.header.tap, 4 + (hook == Hook::egress ? VIALENS_OUT : VIALENS_IN));
    EXPECT_EQ(event.header.more, 0);
    EXPECT_EQ(event.header.synthetic, 0);
    EXPECT_EQ(event.header.piece_off, 0U);
    EXPECT_EQ(event.header.tcp_flags, 0);
  }
}

TEST_F(TapTest, HandsUpWhatTheHeadersOfAnIpv6DatagramSay) {
  for (const Hook hook : kHooks) {
    SCOPED_TRACE(to_string(hook));
    const Event event = event_of(hook, packet()
                                           .eth()
                                           .ipv6("2001:db8::1", "2001:db8:1:2:3:4:5:6")
                                           .fragment(0x12345678, 0, false)
                                           .udp(1025, 5060)
                                           .payload(kOk));
    EXPECT_EQ(event.bytes, kOk);
    EXPECT_EQ(event.header.kind, VIALENS_DATAGRAM);
    EXPECT_EQ(address(event.header.saddr), std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16));
    EXPECT_EQ(address(event.header.daddr), std::string("\x20\x01\x0d\xb8\0\1\0\2\0\3\0\4\0\5\0\6", 16));
    EXPECT_EQ(event.header.sport, 1025);
    EXPECT_EQ(event.header.dport, 5060);
    EXPECT_EQ(event.header.ip_id, 0x12345678U);
  }
}

TEST_F(TapTest, HandsUpSegmentsWithTheirSequenceNumbersAndFlags) {
  for (const Hook hook : kHooks) {
    SCOPED_TRACE(to_string(hook));
    const Event data =
        event_of(hook, v4().tcp(40000, 5060, kPush | kAck, 0xfffffff0).options(3).payload(kInvite).pad(3));
    EXPECT_EQ(data.bytes, kInvite);
    EXPECT_EQ(data.header.kind, VIALENS_SEGMENT);
    EXPECT_EQ(data.header.protocol, VIALENS_IPPROTO_TCP);
    EXPECT_EQ(data.header.tcp_seq, 0xfffffff0U);
    EXPECT_EQ(data.header.tcp_flags, kPush | kAck);
    EXPECT_EQ(data.header.match.method, VIALENS_M_INVITE);

    const Event syn = event_of(hook, v6().tcp(40000, 5060, VIALENS_TCP_SYN, 77));
    EXPECT_EQ(syn.bytes, "");
    EXPECT_EQ(syn.header.tcp_seq, 77U);
    EXPECT_EQ(syn.header.tcp_flags, VIALENS_TCP_SYN);
    EXPECT_EQ(syn.header.match.method, VIALENS_M_NONE);

    const Event middle = event_of(hook, v4().tcp(40000, 5060, kAck, 5).payload("z9hG4bK1\r\n"));
    EXPECT_EQ(middle.header.match.method, VIALENS_M_NONE);
    EXPECT_EQ(middle.header.match.status, 0);
  }
}

TEST_F(TapTest, HandsUpFragmentsWithTheirPlace) {
  for (const Hook hook : kHooks) {
    for (const bool six : {false, true}) {
      SCOPED_TRACE(std::string(to_string(hook)) + (six ? " IPv6" : " IPv4"));
      tap_->forget_fragments();
      const Frame whole = (six ? v6() : v4()).udp(40000, 5060).payload(kInvite);
      const std::size_t begin = six ? 54 : 34;
      std::string all;
      for (const Frame& frame : fragments(whole, 0x4711, 200)) {
        const Event event = event_of(hook, frame);
        EXPECT_EQ(event.header.kind, VIALENS_FRAGMENT);
        EXPECT_EQ(event.header.protocol, VIALENS_IPPROTO_UDP);
        EXPECT_EQ(event.header.ip_id, 0x4711U);
        EXPECT_EQ(event.header.piece_off, all.size());
        EXPECT_EQ(event.header.sport, 0);
        EXPECT_EQ(event.header.dport, 0);
        EXPECT_EQ(event.header.synthetic, 0);
        EXPECT_EQ(event.header.match.method, VIALENS_M_NONE) << "offsets into a text that is not whole are of no use";
        all += event.bytes;
        EXPECT_EQ(event.header.more, all.size() < whole.size() - begin ? 1 : 0);
      }
      EXPECT_EQ(all, std::string(whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.end()));
    }
  }
}

TEST_F(TapTest, RemembersAFirstFragmentByAddressesNumberProtocolAndDirection) {
  const auto first = [](std::uint32_t id) -> Frame {
    return v4().fragment(id, 0, true).udp(40000, 16384).payload(std::string(64, 'x'));
  };
  const auto later = [](Packet ip, std::uint32_t id, std::uint8_t protocol) -> Frame {
    return ip.fragment(id, 72, false).next(protocol).payload("the rest");
  };
  EXPECT_EQ(run(Hook::xdp, first(9)).counted(), VIALENS_O_FRAGMENT_OTHER);
  EXPECT_EQ(run(Hook::xdp, later(v4(), 9, 17)).counted(), VIALENS_O_FRAGMENT_OTHER);
  EXPECT_EQ(run(Hook::ingress, later(v4(), 9, 17)).counted(), VIALENS_O_FRAGMENT_OTHER) << "the same direction";
  EXPECT_EQ(run(Hook::egress, later(v4(), 9, 17)).counted(), VIALENS_O_FRAGMENT);
  EXPECT_EQ(run(Hook::xdp, later(v4(), 10, 17)).counted(), VIALENS_O_FRAGMENT);
  EXPECT_EQ(run(Hook::xdp, later(v4(), 9, 6)).counted(), VIALENS_O_FRAGMENT);
  EXPECT_EQ(run(Hook::xdp, later(packet().eth().ipv4("192.0.2.2", "192.0.2.1"), 9, 17)).counted(), VIALENS_O_FRAGMENT);
}

TEST_F(TapTest, CountsTheMessageOfFragmentsOnce) {
  std::uint64_t invites = 0;
  for (const Frame& frame : fragments(v4().udp(40000, 5060).payload(kInvite), 5, 304)) {
    const Outcome outcome = run(Hook::xdp, frame);
    invites += outcome.counters.methods[VIALENS_M_INVITE];
    EXPECT_LE(outcome.counters.unfinished, outcome.counters.methods[VIALENS_M_INVITE]);
  }
  EXPECT_EQ(invites, 1U);
}

TEST_F(TapTest, GivesNoBytesOfPaddingOrOfAShorterUdpLength) {
  for (const Hook hook : kHooks) {
    EXPECT_EQ(event_of(hook, v4().udp(1, 5060).payload(kOptions).pad(40)).bytes, kOptions);
    EXPECT_EQ(event_of(hook, v6().udp(1, 5060).payload(kOptions).pad(40)).bytes, kOptions);
    EXPECT_EQ(event_of(hook, v4().udp(1, 5060).length(28).payload(kOptions)).bytes, kOptions.substr(0, 20));
    EXPECT_EQ(event_of(hook, v4().tcp(1, 5060).payload("x").pad(5)).bytes, "x");
    EXPECT_EQ(event_of(hook, v4().fragment(3, 80, false).next(17).payload("abc").pad(23)).bytes, "abc");
  }
}

std::string long_text(std::size_t size) {
  std::string text = kInvite;
  for (unsigned i = 0; text.size() < size; ++i) text += "a=line:" + std::to_string(i) + std::string(80, '.') + "\r\n";
  text.resize(size);
  return text;
}

// Longer frames than a page BPF_PROG_TEST_RUN takes at XDP only, and there since 5.18: WireTest sends them over a wire.
TEST_F(TapTest, HandsUpALongDatagramAsFragmentsThatMakeItUp) {
  for (const Hook hook : kHooks) {
    for (const std::size_t size : {2047U, 2048U, 2049U, 3000U, 4087U, 4088U, 4089U, 9000U, 60000U, 64990U}) {
      SCOPED_TRACE(std::string(to_string(hook)) + ": " + std::to_string(size) + " bytes");
      const std::string text = long_text(size);
      const Frame frame = v4().udp(40000, 5060).payload(text);
      const auto taken = tap_->try_run(hook, frame);
      EXPECT_TRUE(taken || size > 3300);
      if (!taken) continue;
      const Outcome outcome = checked(hook, frame, *taken);
      EXPECT_EQ(outcome.counted(), VIALENS_O_SIP);
      EXPECT_EQ(outcome.counters.methods[VIALENS_M_INVITE], 1U);
      EXPECT_EQ(outcome.counters.unfinished, size > VIALENS_CHUNK ? 1U : 0U);
      if (size <= VIALENS_CHUNK) {
        ASSERT_EQ(outcome.events.size(), 1U);
        EXPECT_EQ(outcome.events[0].header.kind, VIALENS_DATAGRAM);
        EXPECT_EQ(outcome.events[0].bytes, text);
        continue;
      }
      EXPECT_EQ(outcome.events.size(), (size + 8 + VIALENS_CHUNK - 1) / VIALENS_CHUNK);
      std::string all;
      for (const Event& event : outcome.events) {
        EXPECT_EQ(event.header.kind, VIALENS_FRAGMENT);
        EXPECT_EQ(event.header.synthetic, 1);
        EXPECT_EQ(event.header.ip_id, outcome.events[0].header.ip_id);
        EXPECT_EQ(event.header.piece_off, all.size());
        EXPECT_EQ(event.header.sport, 0);
        EXPECT_EQ(event.header.match.method, VIALENS_M_NONE);
        all += event.bytes;
        EXPECT_EQ(event.header.more, all.size() < size + 8 ? 1 : 0);
      }
      EXPECT_EQ(all, std::string(frame.begin() + 34, frame.end()));
    }
  }
}

TEST_F(TapTest, HandsUpALongSegmentAsSeveralWithoutAGap) {
  for (const Hook hook : kHooks) {
    for (const std::size_t size : {2048U, 2049U, 3000U, 4096U, 4097U, 9000U, 64990U}) {
      SCOPED_TRACE(std::string(to_string(hook)) + ": " + std::to_string(size) + " bytes");
      const std::string text = long_text(size);
      const Frame frame = v6().tcp(40000, 5060, kPush | kAck, 0xffffff00).payload(text);
      const auto taken = tap_->try_run(hook, frame);
      EXPECT_TRUE(taken || size > 3300);
      if (!taken) continue;
      const Outcome outcome = checked(hook, frame, *taken);
      EXPECT_EQ(outcome.counted(), VIALENS_O_SEGMENT);
      EXPECT_EQ(outcome.events.size(), (size + VIALENS_CHUNK - 1) / VIALENS_CHUNK);
      std::string all;
      for (const Event& event : outcome.events) {
        EXPECT_EQ(event.header.kind, VIALENS_SEGMENT);
        EXPECT_EQ(event.header.synthetic, 0);
        EXPECT_EQ(event.header.sport, 40000);
        EXPECT_EQ(event.header.tcp_seq, 0xffffff00U + static_cast<std::uint32_t>(all.size()));
        EXPECT_EQ(event.header.match.method, all.empty() ? VIALENS_M_INVITE : VIALENS_M_NONE);
        all += event.bytes;
      }
      EXPECT_EQ(all, text);
    }
  }
}

TEST_F(TapTest, SaysSynOfALongSegmentsFirstPieceAndFinOfItsLast) {
  const std::uint8_t flags = VIALENS_TCP_SYN | VIALENS_TCP_FIN | kPush;
  for (const Hook hook : kHooks) {
    for (const std::size_t size : {3000U, 5000U}) {
      const Frame frame = v4().tcp(40000, 5060, flags, 100).payload(long_text(size));
      const auto outcome = tap_->try_run(hook, frame);
      EXPECT_TRUE(outcome || size > 3300);
      if (!outcome) continue;
      const std::vector<Event>& events = outcome->events;
      ASSERT_EQ(events.size(), size / 2048 + 1);
      for (std::size_t i = 0; i < events.size(); ++i) {
        const int expected = kPush | (i == 0 ? VIALENS_TCP_SYN : 0) | (i + 1 == events.size() ? VIALENS_TCP_FIN : 0);
        EXPECT_EQ(events[i].header.tcp_flags, expected);
        // The first number is that of the SYN, which takes one itself.
        EXPECT_EQ(events[i].header.tcp_seq, 100 + (i == 0 ? 0 : 1 + i * 2048));
      }
    }
  }
}

TEST_F(TapTest, HandsUpALongFragmentInPieces) {
  for (const Hook hook : kHooks) {
    for (const bool more : {false, true}) {
      SCOPED_TRACE(std::string(to_string(hook)) + (more ? ", more follow" : ", the last"));
      const std::string bytes = long_text(3000);
      const Outcome outcome = run(hook, v4().fragment(6, 8000, more).next(17).payload(bytes));
      ASSERT_EQ(outcome.events.size(), 2U);
      EXPECT_EQ(outcome.counted(), VIALENS_O_FRAGMENT);
      EXPECT_EQ(outcome.events[0].header.piece_off, 8000U);
      EXPECT_EQ(outcome.events[1].header.piece_off, 8000U + 2048U);
      EXPECT_EQ(outcome.events[0].header.more, 1);
      EXPECT_EQ(outcome.events[1].header.more, more ? 1 : 0);
      EXPECT_EQ(outcome.events[0].bytes + outcome.events[1].bytes, bytes);
    }
  }
}

TEST_F(TapTest, SaysThatItLostWhatTheRingCouldNotHold) {
  use("small ring", {.ring_bytes = 4096});
  if (tap_ == nullptr) return;
  const Frame frame = v4().udp(5060, 5060).payload(kInvite);
  const Frame other = v4().udp(40000, 16384).payload(std::string(172, '\x80'));
  const Frame two = v4().tcp(5060, 5060).payload(long_text(2100));
  for (const Hook hook : kHooks) {
    SCOPED_TRACE(to_string(hook));
    const vialens_counters before = tap_->counters(hook);
    const int kRuns = 50;
    tap_->repeat(hook, frame, kRuns);
    tap_->repeat(hook, other, kRuns);
    tap_->repeat(hook, two, kRuns);
    const std::vector<Event> events = tap_->drain();
    const vialens_counters after = tap_->counters(hook);
    EXPECT_EQ(sum(after.packets) - sum(before.packets), 3U * kRuns);
    EXPECT_EQ(after.events - before.events, events.size());
    EXPECT_GT(events.size(), 0U);
    EXPECT_EQ(after.packets[VIALENS_O_RTP] - before.packets[VIALENS_O_RTP], static_cast<unsigned>(kRuns));
    EXPECT_GT(after.packets[VIALENS_O_LOST_RING] - before.packets[VIALENS_O_LOST_RING], 0U);
    EXPECT_EQ(after.packets[VIALENS_O_SIP] - before.packets[VIALENS_O_SIP], events.size());
    EXPECT_EQ(after.methods[VIALENS_M_INVITE] - before.methods[VIALENS_M_INVITE], 2U * kRuns) << "counted, though lost";
    const Outcome again = run(hook, frame);
    EXPECT_EQ(again.counted(), VIALENS_O_SIP) << "a drained ring takes more";
  }
}

// ---- what the match says ----

class MatchTest : public TapTest {
 protected:
  vialens_match match(const std::string& text) {
    text_ = text;
    outcome_ = run(Hook::ingress, v4().udp(40000, 5060).payload(text));
    EXPECT_EQ(outcome_.events.size(), 1U) << text;
    return outcome_.events.empty() ? vialens_match{} : outcome_.events.front().header.match;
  }
  static std::string request(const std::string& headers, const std::string& body = "") {
    return "INFO sip:a@example.com SIP/2.0\r\n" + headers + "\r\n" + body;
  }
  std::string value(const vialens_match& m, vialens_field field) const {
    return m.field[field].off == 0 ? "nothing" : text_.substr(m.field[field].off, m.field[field].len);
  }
  static bool finished(const vialens_match& m) { return (m.flags & VIALENS_MATCH_FINISHED) != 0; }

  std::string text_;
  Outcome outcome_{};
};

TEST_F(MatchTest, NamesAndCountsEveryMethod) {
  const std::map<std::string, vialens_method> methods = {
      {"INVITE", VIALENS_M_INVITE},    {"ACK", VIALENS_M_ACK},
      {"BYE", VIALENS_M_BYE},          {"CANCEL", VIALENS_M_CANCEL},
      {"OPTIONS", VIALENS_M_OPTIONS},  {"REGISTER", VIALENS_M_REGISTER},
      {"PRACK", VIALENS_M_PRACK},      {"SUBSCRIBE", VIALENS_M_SUBSCRIBE},
      {"NOTIFY", VIALENS_M_NOTIFY},    {"PUBLISH", VIALENS_M_PUBLISH},
      {"INFO", VIALENS_M_INFO},        {"REFER", VIALENS_M_REFER},
      {"MESSAGE", VIALENS_M_MESSAGE},  {"UPDATE", VIALENS_M_UPDATE},
      {"INVITED", VIALENS_M_OTHER},    {"REGISTERS", VIALENS_M_OTHER},
      {"SUBSCRIBED", VIALENS_M_OTHER}, {"INF", VIALENS_M_OTHER},
      {"invite", VIALENS_M_OTHER},     {"X", VIALENS_M_OTHER},
      {"MESSAGES", VIALENS_M_OTHER},
  };
  for (const auto& [name, method] : methods) {
    SCOPED_TRACE(name);
    const vialens_match m = match(name + " sip:a@example.com SIP/2.0\r\n\r\n");
    EXPECT_EQ(m.method, method);
    EXPECT_EQ(m.status, 0);
    EXPECT_EQ(outcome_.counters.methods[method], 1U);
    EXPECT_EQ(std::accumulate(std::begin(outcome_.counters.methods), std::end(outcome_.counters.methods), 0ULL), 1U);
    EXPECT_EQ(outcome_.counters.unfinished, 0U);
  }
}

TEST_F(MatchTest, ReadsAndCountsEveryStatus) {
  for (int status = 100; status < 700; ++status) {
    const vialens_match m = match("SIP/2.0 " + std::to_string(status) + " Reason\r\n\r\n");
    ASSERT_EQ(m.status, status);
    ASSERT_EQ(m.method, VIALENS_M_NONE);
    ASSERT_EQ(outcome_.counters.status[status], 1U);
    ASSERT_EQ(std::accumulate(std::begin(outcome_.counters.status), std::end(outcome_.counters.status), 0ULL), 1U);
  }
  EXPECT_EQ(match("SIP/2.0 200\r\nX: y\r\n\r\n").status, 200) << "no reason";
  EXPECT_EQ(match("SIP/2.0 200 \nX: y\n\n").status, 200);
  EXPECT_EQ(match("SIP/2.0 700 Never\r\n\r\n").status, 0);
  EXPECT_EQ(match("SIP/2.0 20x Never\r\n\r\n").status, 0);
  EXPECT_EQ(outcome_.counters.status[0], 0U);
}

TEST_F(MatchTest, PointsOutTheFieldsOfAMessage) {
  const vialens_match m = match(kInvite);
  EXPECT_EQ(m.flags, VIALENS_MATCH_FINISHED | VIALENS_MATCH_PRIVATE_VIA | VIALENS_MATCH_PRIVATE_CONTACT |
                         VIALENS_MATCH_PRIVATE_SDP);
  EXPECT_EQ(value(m, VIALENS_F_CALL_ID), "a84b4c76e66710@192.168.1.20");
  EXPECT_EQ(value(m, VIALENS_F_CSEQ), "314159 INVITE");
  EXPECT_EQ(value(m, VIALENS_F_VIA), "SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK776asdhds");
  EXPECT_EQ(value(m, VIALENS_F_CONTACT), "<sip:alice@192.168.1.20:5060>");
  EXPECT_EQ(value(m, VIALENS_F_SDP_C), "IN IP4 192.168.1.20");
  EXPECT_EQ(value(m, VIALENS_F_SDP_M), "audio 49172 RTP/AVP 0");
  EXPECT_EQ(m.body_off, text_.find("v=0"));
  EXPECT_EQ(m.lines, std::count(text_.begin(), text_.end(), '\n') - 1) << "without the start line";
  EXPECT_EQ(outcome_.counters.private_via, 1U);
  EXPECT_EQ(outcome_.counters.private_contact, 1U);
  EXPECT_EQ(outcome_.counters.private_sdp, 1U);
}

TEST_F(MatchTest, ReadsEverySpellingOfANameAndOfWhiteSpace) {
  struct {
    vialens_field field;
    std::vector<std::string> names;
  } const rows[] = {
      {VIALENS_F_CALL_ID, {"Call-ID", "CALL-ID", "call-id", "cAlL-iD", "i", "I"}},
      {VIALENS_F_CONTACT, {"Contact", "CONTACT", "contact", "m", "M"}},
      {VIALENS_F_CSEQ, {"CSeq", "CSEQ", "cseq"}},
      {VIALENS_F_VIA, {"Via", "VIA", "via", "v", "V"}},
  };
  for (const auto& row : rows) {
    for (const std::string& name : row.names) {
      for (const std::string space : {"", " ", "\t", "    ", " \t \t    "}) {
        for (const std::string end : {"\r\n", "\n"}) {
          SCOPED_TRACE(name + ":" + space + "value" + (end.size() == 1 ? " LF" : " CRLF"));
          const vialens_match m = match("INFO sip:a@example.com SIP/2.0" + end + "X-First: 1" + end + name + ":" +
                                        space + "some value" + end + "Y: 2" + end + end);
          EXPECT_EQ(value(m, row.field), "some value");
          EXPECT_TRUE(finished(m));
          for (int other = 0; other < VIALENS_FIELDS; ++other) {
            if (other != row.field) {
              EXPECT_EQ(m.field[other].off, 0);
            }
          }
        }
      }
    }
  }
}

TEST_F(MatchTest, KnowsAnEmptyValueFromNone) {
  for (const std::string line : {"Call-ID:\r\n", "Call-ID: \r\n", "i:\r\n", "i:\n", "i: \t \n"}) {
    SCOPED_TRACE(line);
    const vialens_match m = match(request(line));
    EXPECT_EQ(value(m, VIALENS_F_CALL_ID), "");
    EXPECT_TRUE(finished(m));
  }
  EXPECT_EQ(value(match(request("")), VIALENS_F_CALL_ID), "nothing");
}

TEST_F(MatchTest, IgnoresNamesThatOnlyBeginAlike) {
  const vialens_match m = match(
      request("Call-IDs: 1\r\nCall-Info: 1\r\nContacts: 2\r\nContent-Type: x\r\nCSequence: 3\r\nViable: 4\r\nin: 5\r\n"
              "X-Call-ID: 6\r\n:\r\n"));
  for (const vialens_span& span : m.field) EXPECT_EQ(span.off, 0);
  EXPECT_TRUE(finished(m));
}

TEST_F(MatchTest, PointsOutTheFirstOfSeveral) {
  const vialens_match m =
      match(request("Via: one\r\nv: two\r\nCall-ID: one\r\ni: two\r\n", "c=one\r\nm=one\r\nc=two\r\nm=two\r\n"));
  for (const vialens_field field : {VIALENS_F_VIA, VIALENS_F_CALL_ID, VIALENS_F_SDP_C, VIALENS_F_SDP_M})
    EXPECT_EQ(value(m, field), "one");
}

TEST_F(MatchTest, KnowsHeaderNamesInFrontOfTheEmptyLineAndSdpBehindIt) {
  const vialens_match m =
      match(request("c: application/sdp\r\nc=IN IP4 192.0.2.1\r\nm=audio 1\r\nm: <sip:a@example.com>\r\n",
                    "i=information\r\nm: no\r\nCall-ID: no\r\nc=IN IP4 192.0.2.9\r\n\r\nm=audio 2\r\n"));
  EXPECT_EQ(value(m, VIALENS_F_CONTACT), "<sip:a@example.com>");
  EXPECT_EQ(value(m, VIALENS_F_SDP_C), "IN IP4 192.0.2.9");
  EXPECT_EQ(value(m, VIALENS_F_SDP_M), "audio 2");
  EXPECT_EQ(value(m, VIALENS_F_CALL_ID), "nothing");
  EXPECT_EQ(m.body_off, text_.find("i=information"));
}

TEST_F(MatchTest, SkipsEmptyLinesInFrontOfTheStartLine) {
  for (const std::string front : {"\r\n", "\n", "\r\n\r\n", "\n\n\n\n\n\n\n\n", "\r\n\r\n\r\n\r\n"}) {
    const vialens_match m = match(front + kInvite);
    EXPECT_EQ(m.method, VIALENS_M_INVITE);
    EXPECT_EQ(value(m, VIALENS_F_CSEQ), "314159 INVITE");
    EXPECT_TRUE(finished(m));
  }
  EXPECT_EQ(match("\r\n\r\n\r\n\r\n\r\n" + kInvite).method, VIALENS_M_NONE)
      << "there is a limit, and the text still goes up";
}

TEST_F(MatchTest, SaysWhenAFieldGoesOnInTheNextLine) {
  const auto folded = [&](const std::string& headers, const std::string& body = "") {
    return (match(request(headers, body)).flags & VIALENS_MATCH_FOLDED) != 0;
  };
  EXPECT_TRUE(folded("Via: SIP/2.0/UDP\r\n 192.0.2.1\r\n"));
  EXPECT_TRUE(folded("Contact:\r\n\t<sip:a@example.com>\r\n"));
  EXPECT_TRUE(folded("i:\n 1\n"));
  EXPECT_FALSE(folded("Subject: a\r\n b\r\n"));
  EXPECT_FALSE(folded("Via: a\r\nSubject: a\r\n b\r\n"));
  EXPECT_FALSE(folded("Via: a\r\n"));
}

TEST_F(MatchTest, IsFinishedOnlyIfItReadTheWholeMessage) {
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "X: y\r\n";
    return text;
  };
  EXPECT_TRUE(finished(match(request(""))));
  EXPECT_TRUE(finished(match(request("", "a body without its last line's end"))));
  EXPECT_TRUE(finished(match(request("", "v=0\r\nc=IN IP4 192.0.2.1"))));
  EXPECT_EQ(value(match(text_), VIALENS_F_SDP_C), "IN IP4 192.0.2.1");
  EXPECT_TRUE(finished(match(request("", "v=0\r\nc=IN IP4 192.0.2.1\r"))));
  EXPECT_TRUE(finished(match(request(lines(126))))) << "128 lines, the first and the empty one included";
  EXPECT_FALSE(finished(match(request(lines(127)))));
  EXPECT_EQ(outcome_.counters.unfinished, 1U);
  EXPECT_TRUE(finished(match(request("X: " + std::string(1019, 'y') + "\r\n")))) << "a line of 1,024 bytes";
  EXPECT_FALSE(finished(match(request("X: " + std::string(1020, 'y') + "\r\n"))));
  EXPECT_TRUE(finished(match(request("", std::string(1023, 'y')))));
  EXPECT_FALSE(finished(match(request("", std::string(1024, 'y')))));
  EXPECT_FALSE(finished(match("INFO sip:a@example.com SIP/2.0\r\n"))) << "no empty line";
  EXPECT_FALSE(finished(match("INFO sip:a@example.com SIP/2.0\r\nCall-ID: 1\r\n")));
  EXPECT_EQ(value(match(text_), VIALENS_F_CALL_ID), "1");
  EXPECT_FALSE(finished(match("INFO sip:a@example.com SIP/2.0\r\nCall-ID: 1")));
  EXPECT_EQ(value(match(text_), VIALENS_F_CALL_ID), "nothing") << "a header line that may go on";
  EXPECT_FALSE(finished(match("INFO sip:a@example.com SIP/2.0\r\nCall-ID: 1\r")));
}

TEST_F(MatchTest, IsNotFinishedWhereTheTextGoesOnElsewhere) {
  const Outcome first = run(Hook::xdp, v4().fragment(1, 0, true).udp(40000, 5060).payload(kOptions));
  EXPECT_EQ(first.counters.unfinished, 1U);
  const Outcome longer = run(Hook::xdp, v4().tcp(40000, 5060).payload(long_text(2100)));
  EXPECT_EQ(longer.counters.unfinished, 1U);
  ASSERT_EQ(longer.events.size(), 2U);
  EXPECT_FALSE(finished(longer.events[0].header.match));
}

TEST_F(MatchTest, ReadsNothingThatAnEarlierPacketLeftBehind) {
  const auto text = [](const std::string& last) { return request("", "c=IN IP4 10" + last); };
  match(text(".0.0.1"));
  EXPECT_EQ(match(text(".")).flags, VIALENS_MATCH_FINISHED) << "the digit behind \"10.\" is the last packet's";
  match(request("", "x\r\nc=IN IP4 10.0.0.1"));
  EXPECT_EQ(value(match(request("", "x\r\nc")), VIALENS_F_SDP_C), "nothing") << "and so is the \"=\" behind \"c\"";
}

TEST_F(MatchTest, LooksForTheHostWithinItsOwnLine) {
  EXPECT_EQ(match(request("", "c=IN\r\na=10.0.0.1\r\n")).flags, VIALENS_MATCH_FINISHED);
  EXPECT_EQ(match(request("", "c=\r\nx=10.0.0.1\r\n")).flags, VIALENS_MATCH_FINISHED);
  EXPECT_EQ(match(request("Contact: *\r\n10.0.0.1: x\r\n")).flags, VIALENS_MATCH_FINISHED);
  EXPECT_EQ(match(request("Via: SIP/2.0/UDP\r\nX: 10.0.0.1\r\n")).flags, VIALENS_MATCH_FINISHED);
  EXPECT_EQ(match(request("Via: SIP/2.0/UDP \r\n10.0.0.1: x\r\n")).flags, VIALENS_MATCH_FINISHED);
}

TEST_F(MatchTest, KnowsPrivateAddressesAndTheirBorders) {
  const std::pair<const char*, bool> rows[] = {
      {"9.255.255.255", false}, {"10.0.0.0", true},        {"10.0.0.1", true},      {"10.255.255.255", true},
      {"11.0.0.0", false},      {"100.63.255.255", false}, {"100.64.0.0", true},    {"100.69.1.1", true},
      {"100.70.1.1", true},     {"100.99.1.1", true},      {"100.100.1.1", true},   {"100.119.1.1", true},
      {"100.120.1.1", true},    {"100.127.255.255", true}, {"100.128.0.0", false},  {"100.130.0.0", false},
      {"100.200.0.1", false},   {"100.6.4.1", false},      {"100.7.1.1", false},    {"100.9.0.1", false},
      {"100.10.64.1", false},   {"100.1.1.1", false},      {"100.12.1.1", false},   {"126.255.255.255", false},
      {"127.0.0.1", true},      {"127.255.255.255", true}, {"128.0.0.1", false},    {"169.253.255.255", false},
      {"169.254.0.0", true},    {"169.254.255.255", true}, {"169.255.0.0", false},  {"172.15.255.255", false},
      {"172.16.0.0", true},     {"172.19.0.1", true},      {"172.20.0.1", true},    {"172.29.0.1", true},
      {"172.30.0.1", true},     {"172.31.255.255", true},  {"172.32.0.0", false},   {"172.1.6.1", false},
      {"172.2.0.1", false},     {"172.3.1.1", false},      {"172.160.0.1", false},  {"172.200.0.1", false},
      {"192.0.0.0", true},      {"192.0.0.7", true},       {"192.0.0.8", false},    {"192.0.0.10", false},
      {"192.0.0.77", false},    {"192.0.1.1", false},      {"192.0.2.1", false},    {"192.167.255.255", false},
      {"192.168.0.0", true},    {"192.168.255.255", true}, {"192.169.0.0", false},  {"0.0.0.0", true},
      {"0.255.255.255", true},  {"1.0.0.0", false},        {"198.51.100.1", false}, {"255.255.255.255", false},
      {"fc00::1", true},        {"fd00::1", true},         {"fdff:ffff::1", true},  {"FD00::1", true},
      {"fe80::1", true},        {"FE80::1", true},         {"fbff::1", false},      {"fe00::1", false},
      {"fe7f::1", false},       {"ff02::1", false},        {"2001:db8::1", false},  {"2001:db8::fd00", false},
  };
  for (const auto& [address, expected] : rows) {
    SCOPED_TRACE(address);
    const bool six = std::string_view(address).find(':') != std::string_view::npos;
    const std::string host = six ? "[" + std::string(address) + "]" : address;
    const auto flag = [&](const std::string& text, vialens_match_flags wanted) {
      const vialens_match m = match(text);
      EXPECT_EQ(m.flags & ~(VIALENS_MATCH_FINISHED | wanted), 0);
      return (m.flags & wanted) != 0;
    };
    EXPECT_EQ(flag(request("Via: SIP/2.0/UDP " + host + "\r\n"), VIALENS_MATCH_PRIVATE_VIA), expected);
    EXPECT_EQ(outcome_.counters.private_via, expected ? 1U : 0U);
    EXPECT_EQ(flag(request("v: SIP/2.0/TCP " + host + ":5060;rport\r\n"), VIALENS_MATCH_PRIVATE_VIA), expected);
    EXPECT_EQ(flag(request("Contact: \"A\" <sip:a@" + host + ":5060>;expires=1\r\n"), VIALENS_MATCH_PRIVATE_CONTACT),
              expected);
    EXPECT_EQ(outcome_.counters.private_contact, expected ? 1U : 0U);
    EXPECT_EQ(flag(request("m:<sip:" + host + ">\r\n"), VIALENS_MATCH_PRIVATE_CONTACT), expected);
    EXPECT_EQ(
        flag(request("", "c=IN IP" + std::string(six ? "6 " : "4 ") + address + "\r\n"), VIALENS_MATCH_PRIVATE_SDP),
        expected);
    EXPECT_EQ(outcome_.counters.private_sdp, expected ? 1U : 0U);
    EXPECT_EQ(flag(request("", "c=IN IP" + std::string(six ? "6 " : "4 ") + address), VIALENS_MATCH_PRIVATE_SDP),
              expected);
  }
  for (const std::string name : {"10.example.com", "example.com", "fdx.example.com", "fd.example.com",
                                 "fe80.example.com", "a10.0.0.1.example.com", "172.example.com", "100.example.com"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(match(request("Via: SIP/2.0/UDP " + name + "\r\nContact: <sip:a@" + name + ">\r\n")).flags,
              VIALENS_MATCH_FINISHED);
  }
}

TEST_F(MatchTest, GivesEqualValuesEqualHashesWhereverTheyStand) {
  for (const std::string text : {"", "1", "1234567", "12345678", "123456789", "a84b4c76e66710@192.168.1.20"}) {
    const __u32 hash = match(request("Call-ID: " + text + "\r\n")).field[VIALENS_F_CALL_ID].hash;
    for (const std::string front : {"", "X: 1\r\n", "Subject: 12345\r\n"}) {
      for (const std::string name : {"Call-ID:", "i: ", "CALL-ID:   "}) {
        const vialens_match m = match(request(front + name + text + "\r\nZ: other things\r\n"));
        EXPECT_EQ(m.field[VIALENS_F_CALL_ID].hash, hash) << front << name << text;
      }
    }
    EXPECT_EQ(match(request("CSeq: " + text + "\n")).field[VIALENS_F_CSEQ].hash, hash);
  }
}

TEST_F(MatchTest, GivesDifferentValuesDifferentHashes) {
  std::set<__u32> hashes;
  const auto add = [&](const std::string& text) {
    EXPECT_TRUE(hashes.insert(match(request("i:" + text + "\r\n")).field[VIALENS_F_CALL_ID].hash).second) << text;
  };
  for (std::size_t length = 0; length <= VIALENS_HASHED; ++length) add(std::string(length, 'x'));
  const std::string long_value(600, 'b');
  for (std::size_t at = 0; at < VIALENS_HASHED; ++at) {
    std::string text = long_value;
    text[at] = 'c';
    add(text);
  }
  for (int i = 0; i < 500; ++i) add(std::to_string(i) + "@example.com");
}

TEST_F(MatchTest, HashesNoMoreThanItSaysItDoes) {
  const auto hash = [&](const std::string& text) {
    return match(request("i:" + text + "\r\n")).field[VIALENS_F_CALL_ID].hash;
  };
  const std::string front(VIALENS_HASHED, 'a');
  for (const std::string rest : {"x", "1234567", "12345678", "more and more"})
    EXPECT_EQ(hash(front + rest), hash(front)) << rest;
}

// ---- real socket buffers, whose bytes do not lie in one piece ----

// A frame that is longer than a page and written to a packet socket becomes an skb with 14 bytes in its linear part:
// every header has to be fetched. On the loopback device of a network namespace of its own it passes both hooks.
class WireTest : public TapTest {
 protected:
  void SetUp() override {
    TapTest::SetUp();
    if (tap_ == nullptr) return;
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "cannot make a network namespace: takes root (CAP_SYS_ADMIN)";
    socket_ = ::socket(AF_PACKET, SOCK_RAW, 0);
    ASSERT_GE(socket_, 0);
    const int with_front = 1;  // which says how much of a frame is to be linear
    ASSERT_EQ(setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &with_front, sizeof with_front), 0);
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name);
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(ioctl(socket_, SIOCSIFFLAGS, &request), 0);
    loopback_ = static_cast<int>(if_nametoindex("lo"));
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = loopback_,
                .attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS), );
    if (bpf_tc_hook_create(&hook) != 0) GTEST_SKIP() << "this kernel has no clsact qdisc";
    for (const Hook direction : {Hook::ingress, Hook::egress}) {
      hook.attach_point = direction == Hook::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
      LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = tap_->program_fd(direction), );
      if (bpf_tc_attach(&hook, &opts) != 0) GTEST_SKIP() << "this kernel has no cls_bpf";
    }
  }
  void TearDown() override {
    if (socket_ >= 0) close(socket_);
  }

  // Sends the frame, of which no more than `linear` bytes need lie in one piece. What the hooks made of it is told
  // apart by its tap.
  std::map<Hook, Outcome> send(const Frame& frame, std::uint16_t linear = 0) {
    std::map<Hook, vialens_counters> before;
    for (const Hook hook : {Hook::ingress, Hook::egress}) before[hook] = tap_->counters(hook);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = loopback_;
    Frame buffer(10);  // struct virtio_net_hdr, whose header is no C++
    std::memcpy(buffer.data() + 2, &linear, sizeof linear);
    buffer.insert(buffer.end(), frame.begin(), frame.end());
    const ssize_t sent =
        sendto(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    EXPECT_EQ(sent, static_cast<ssize_t>(buffer.size()));
    std::map<Hook, Outcome> result;
    for (int wait = 0; wait < 1000; ++wait) {
      for (const Hook hook : {Hook::ingress, Hook::egress}) result[hook].counters = tap_->since(before[hook], hook);
      if (sum(result[Hook::ingress].counters.packets) != 0 && sum(result[Hook::egress].counters.packets) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (Event& event : tap_->drain()) {
      result[event.header.tap == 4 + VIALENS_IN ? Hook::ingress : Hook::egress].events.push_back(std::move(event));
    }
    for (auto& [hook, outcome] : result) {
      outcome.out = frame;
      outcome.verdict = verdict(hook);
      checked(hook, frame, outcome);
    }
    return result;
  }

  int socket_ = -1;
  int loopback_ = 0;
};

TEST_F(WireTest, FetchesHeadersThatLieBehindTheLinearPart) {
  const std::string text = long_text(5000);
  const std::string foreign(5000, 'x');
  const Case cases[] = {
      {"a request", v4().udp(40000, 5060).payload(text), VIALENS_O_SIP},
      {"a request, IPv6", v6().hop_by_hop().udp(40000, 5060).payload(text), VIALENS_O_SIP},
      {"a request in PPPoE", packet().eth().pppoe().ipv4("192.0.2.1", "192.0.2.2").udp(5060, 1).payload(text),
       VIALENS_O_SIP},
      {"a request between other ports", v4().udp(40000, 5070).payload(text), VIALENS_O_SIP},
      {"something between other ports", v4().udp(40000, 5070).payload(foreign), VIALENS_O_OTHER},
      {"binary data on a watched port", v4().udp(40000, 5060).payload(std::string(5000, '\1')), VIALENS_O_NOT_SIP},
      {"a segment", v4().tcp(40000, 5060).options(3).payload(text), VIALENS_O_SEGMENT},
      {"a segment between other ports", v6().tcp(40000, 80).payload(foreign), VIALENS_O_OTHER},
      {"a first fragment", v4().fragment(1, 0, true).udp(40000, 5060).payload(text), VIALENS_O_FRAGMENT},
      {"a later fragment", v4().fragment(1, 5008, false).next(17).payload(foreign), VIALENS_O_FRAGMENT},
      {"a first fragment of something else", v6().fragment(2, 0, true).udp(40000, 5070).payload(foreign),
       VIALENS_O_FRAGMENT_OTHER},
      {"a later fragment of something else", v6().fragment(2, 5008, false).next(17).payload(foreign),
       VIALENS_O_FRAGMENT_OTHER},
      {"padding behind a keep-alive", v4().udp(5060, 5060).payload("\r\n\r\n").pad(5000), VIALENS_O_KEEPALIVE},
      {"padding behind a bare ACK", v4().tcp(5060, 5060, kAck).pad(5000), VIALENS_O_OTHER},
      {"no IP", packet().eth().next(0x88cc).payload(foreign), VIALENS_O_OTHER},
      {"a length that lies", v4().length(6000).udp(5060, 5060).payload(text), VIALENS_O_BROKEN},
      {"headers over 256 bytes", v6().hop_by_hop(30).udp(5060, 5060).payload(text), VIALENS_O_BROKEN},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    for (const auto& [hook, outcome] : send(c.frame)) EXPECT_EQ(outcome.counted(), c.outcome) << to_string(hook);
  }
}

TEST_F(WireTest, AccountsRtpThatLiesBehindTheLinearPart) {
  const std::string payload = rtp().silence(5000);
  for (const std::uint16_t linear : std::initializer_list<std::uint16_t>{0, 42, 49, 50, 53, 54, 100, 300}) {
    SCOPED_TRACE(linear);
    tap_->forget_flows();
    for (const auto& [hook, outcome] : send(v4().udp(16384, 40000).payload(payload), linear)) {
      EXPECT_EQ(outcome.counted(), VIALENS_O_RTP) << to_string(hook);
      EXPECT_EQ(outcome.counters.flows_failed, 0U) << to_string(hook);
    }
    const auto flows = tap_->flows();
    EXPECT_EQ(flows.size(), 2U);
    for (const FlowEntry& entry : flows) {
      EXPECT_EQ(entry.flow.packets, 1U);
      EXPECT_EQ(entry.flow.bytes, 5000U);
      EXPECT_EQ(entry.flow.silent, linear == 54 ? 0U : 1U) << "too little of it is in hand";
    }
  }
}

TEST_F(WireTest, SaysThatItCouldNotAccountRtpBehindLongHeaders) {
  const Frame frame = v6().hop_by_hop(23).udp(16384, 40000).payload(rtp().silence(5000));
  tap_->forget_flows();
  for (const auto& [hook, outcome] : send(frame)) {
    EXPECT_EQ(outcome.counted(), VIALENS_O_RTP) << to_string(hook);
    EXPECT_EQ(outcome.counters.flows_failed, 1U) << to_string(hook);
  }
  EXPECT_TRUE(tap_->flows().empty());
}

TEST_F(WireTest, HandsUpAllOfALongDatagramOrSegment) {
  for (const std::size_t size : {4090U, 9000U, 65000U}) {
    SCOPED_TRACE(size);
    const std::string text = long_text(size);
    for (const auto& [hook, outcome] : send(v4().udp(40000, 5060).payload(text))) {
      std::string all;
      for (const Event& event : outcome.events) {
        EXPECT_EQ(event.header.piece_off, all.size());
        all += event.bytes;
      }
      ASSERT_GT(all.size(), 8U);
      EXPECT_EQ(all.substr(8), text);
    }
    for (const auto& [hook, outcome] : send(v6().tcp(40000, 5060, kAck, 1).payload(text))) {
      std::string all;
      for (const Event& event : outcome.events) {
        EXPECT_EQ(event.header.tcp_seq, 1 + all.size());
        all += event.bytes;
      }
      EXPECT_EQ(all, text);
    }
  }
}

}  // namespace
}  // namespace vialens::test

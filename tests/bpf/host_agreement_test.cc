// The tap of capture files is the kernel's code, compiled once more. Here both get the same frames and must say the
// same.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "tests/bpf/frames.h"
#include "tests/bpf/packet.h"
#include "tests/bpf/rtp.h"
#include "tests/bpf/tap_runner.h"
#include "userspace/capture/decode.h"
#include "userspace/capture/host_tap.h"

namespace vialens::test {
namespace {

constexpr std::uint16_t kPorts[] = {5060, 5061, 65535};
constexpr TapId kTapBase = 2;

// A Piece that outlives the sink's call, without what must differ: the time, and the number made up from it.
struct Record {
  explicit Record(const Piece& from) : piece(from), bytes(from.bytes) {
    if (from.match != nullptr) match = *from.match;
    piece.time = {};
    piece.match = nullptr;
    piece.bytes = {};
    if (piece.synthetic) piece.ip_id = 0;
  }

  bool operator==(const Record& other) const {
    return piece.tap == other.piece.tap && piece.kind == other.piece.kind && piece.transport == other.piece.transport &&
           piece.more == other.piece.more && piece.synthetic == other.piece.synthetic &&
           piece.tcp_flags == other.piece.tcp_flags && piece.source == other.piece.source &&
           piece.destination == other.piece.destination && piece.ip_id == other.piece.ip_id &&
           piece.offset == other.piece.offset && piece.tcp_sequence == other.piece.tcp_sequence &&
           piece.wire_length == other.piece.wire_length && bytes == other.bytes &&
           std::memcmp(&match, &other.match, sizeof match) == 0;
  }

  Piece piece;
  std::string bytes;
  vialens_match match{};
};

void PrintTo(const Record& record, std::ostream* out) {
  *out << "tap " << int{record.piece.tap} << " kind " << static_cast<int>(record.piece.kind) << ' '
       << to_string(record.piece.source) << " > " << to_string(record.piece.destination) << " offset "
       << record.piece.offset << " sequence " << record.piece.tcp_sequence << " flags " << int{record.piece.tcp_flags}
       << " method " << int{record.match.method} << " status " << record.match.status << " lines " << record.match.lines
       << " match flags " << int{record.match.flags} << ": " << testing::PrintToString(record.bytes);
}

Frame mutated(const std::vector<Frame>& frames, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  static constexpr std::string_view kTokens[] = {
      "\r\n", "\n",       ":",     " ",     "=",        "\r\n\r\n", "\n\n",         "Via:",
      "v:",   "i:",       "m:",    "c=",    "m=",       "SIP/2.0",  " SIP/2.0\r\n", "@",
      "10.",  "192.168.", "fd00:", "\r\n ", "Call-ID:", "cseq:"};
  Frame frame = frames[below(frames.size())];
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    // Half of the changes go to the headers.
    const std::size_t at = below(below(2) == 0 ? std::min<std::size_t>(frame.size(), 80) : frame.size());
    const auto place = frame.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(8)) {
      case 0:
        frame[at] = static_cast<std::uint8_t>(below(256));
        break;
      case 1:
        frame[at] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 2:
        frame[at] = below(2) == 0 ? 0 : 255;
        break;
      case 3:
        if (at >= 14) frame.resize(at);
        break;
      case 4:
        frame.insert(place, 1 + below(40), static_cast<std::uint8_t>(below(256)));
        break;
      case 5: {
        const std::string_view token = kTokens[below(std::size(kTokens))];
        if (at + token.size() <= frame.size()) std::copy(token.begin(), token.end(), place);
        break;
      }
      case 6: {
        const std::string_view token = kTokens[below(std::size(kTokens))];
        frame.insert(place, token.begin(), token.end());
        break;
      }
      default: {  // the rest of another frame
        const Frame& other = frames[below(frames.size())];
        if (at < other.size()) {
          frame.resize(at);
          frame.insert(frame.end(), other.begin() + static_cast<std::ptrdiff_t>(at), other.end());
        }
      }
    }
    if (frame.size() < 14) frame.resize(14);
  }
  return frame;
}

std::string text_of(std::size_t size) {
  std::string text = kInvite;
  while (text.size() < size) text += "a=" + std::string(text.size() % 97, 'x') + "\r\n";
  text.resize(size);
  return text;
}

// A few streams, mixed, with losses, of which every third packet is then changed somewhere.
void add_media(std::vector<Frame>& to, bool ethernet, std::mt19937& random) {
  const auto below = [&](unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random); };
  static constexpr unsigned kTypes[] = {0, 0, 0, 8, 13, 18, 101, 111};
  std::vector<Frame> clean;
  std::array<unsigned, 16> sequence{};
  for (int i = 0; i < 1500; ++i) {
    const unsigned stream = below(16);
    sequence[stream] += below(10) == 0 ? below(5000) : 1;
    Rtp media = rtp().ssrc(stream / 2).sequence(sequence[stream] & 0xffffU).type(kTypes[below(8)]);
    if (below(4) == 0) media.marker();
    if (below(4) == 0) media.contributors(below(16));
    if (below(4) == 0) media.extension(below(4));
    if (below(2) == 0) media.silence(below(200), static_cast<char>(below(256)));
    Packet ip = stream % 2 == 0 ? packet().eth().ipv4("192.0.2.1", "192.0.2.2")
                                : packet().eth().vlan(7).ipv6("2001:db8::1", "2001:db8::2").hop_by_hop();
    if (!ethernet)
      ip = stream % 2 == 0 ? packet().ipv4("192.0.2.1", "192.0.2.2") : packet().ipv6("2001:db8::1", "2001:db8::2");
    clean.push_back(ip.udp(16384, static_cast<std::uint16_t>(40000 + stream % 3)).payload(media));
    to.push_back(i % 3 == 0 ? mutated(clean, random) : clean.back());
  }
}

// What a flow has told, without the times, which must differ.
using FlowFacts = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, int, std::uint64_t,
                             std::uint64_t, bool, std::array<std::uint64_t, 8>, std::array<std::uint64_t, 8>>;
using FlowNames = std::tuple<TapId, Endpoint, Endpoint, std::uint32_t>;
using Flows = std::map<FlowNames, FlowFacts>;

void note(Flows& flows, const Flow& flow) {
  flows[{flow.tap, flow.source, flow.destination, flow.ssrc}] = {
      flow.packets,
      flow.bytes,
      flow.silent,
      flow.comfort_noise,
      flow.payload_type,
      flow.payload_types[0],
      flow.payload_types[1],
      flow.believed,
      {flow.expected, flow.lost, flow.duplicates, flow.reordered, flow.strays, flow.restarts, flow.wraps, flow.events},
      {flow.bursts, flow.burst_lost, flow.burst_packets, flow.markers, flow.dscp, flow.dscps, flow.clock_rate,
       flow.negotiated}};
}

std::vector<Frame> frames(bool ethernet) {
  std::vector<Frame> result;
  for (Case& c : ethernet ? ethernet_cases() : raw_cases()) result.push_back(std::move(c.frame));
  const std::size_t table = result.size();
  std::mt19937 random(20260101);
  const std::vector<Frame> seeds = result;
  while (result.size() < table + 4000) result.push_back(mutated(seeds, random));
  add_media(result, ethernet, random);
  for (const std::size_t size : {2040U, 2048U, 2049U, 3200U, 4096U, 9000U, 65000U}) {
    Packet ip = ethernet ? v4() : packet().ipv4("192.0.2.1", "192.0.2.2");
    result.push_back(Packet(ip).udp(40000, 5060).payload(text_of(size)));
    result.push_back(Packet(ip).udp(40000, 5070).payload(text_of(size)));
    result.push_back(Packet(ip).tcp(40000, 5061, 0x1b).payload(text_of(size)));
    result.push_back(Packet(ip).fragment(99, 16, true).next(17).payload(text_of(size)));
  }
  return result;
}

class HostAgreementTest : public testing::Test {
 protected:
  void agree(const RunnerOptions& options, std::initializer_list<Hook> hooks) {
    std::unique_ptr<TapRunner> kernel;
    try {
      kernel = std::make_unique<TapRunner>(options);
    } catch (const NotPermitted& reason) {
      GTEST_SKIP() << reason.what();
    }
    for (const std::uint16_t port : kPorts) kernel->watch(port);
    const std::vector<Frame> all = frames(options.ethernet);
    for (const Hook hook : hooks) {
      kernel->forget_fragments();
      kernel->forget_flows();
      // Kernels without xdp_load_bytes have no XDP frames in pieces either.
      agree(*kernel, hook, all, options.ethernet, options.xdp_load_bytes ? 65535 + 14 : 3400);
    }
  }

 private:
  static void agree(TapRunner& kernel, Hook hook, const std::vector<Frame>& all, bool ethernet, std::size_t longest) {
    std::vector<Record> on_host;
    const auto id = static_cast<TapId>(kTapBase + (hook == Hook::egress ? VIALENS_OUT : VIALENS_IN));
    HostTap host(id, kPorts, [&](const Piece& piece) { on_host.emplace_back(piece); });
    std::size_t taken = 0, events = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      SCOPED_TRACE(std::string(to_string(hook)) + ", frame " + std::to_string(i) + ": " +
                   testing::PrintToString(all[i]));
      if (all[i].size() > longest) continue;
      const auto in_kernel = kernel.try_run(hook, all[i]);
      if (!in_kernel) continue;
      ++taken;
      ASSERT_LT(in_kernel->counted(), VIALENS_OUTCOMES);

      const TapCounters before = host.counters();
      on_host.clear();
      const Time now(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
      host.packet(now, all[i], static_cast<std::uint32_t>(all[i].size()), ethernet);
      ASSERT_EQ(host.counters().packets[in_kernel->counted()], before.packets[in_kernel->counted()] + 1)
          << "the kernel counts it as " << in_kernel->counted();

      std::vector<Record> from_kernel;
      for (const Event& event : in_kernel->events) from_kernel.emplace_back(decode(event.header, event.bytes, now));
      ASSERT_EQ(from_kernel, on_host);
      events += on_host.size();

      vialens_counters sum = before;
      add(sum, in_kernel->counters);
      ASSERT_EQ(std::memcmp(&sum, &host.counters(), sizeof sum), 0) << "another counter differs";
    }
    Flows by_kernel, by_host;
    for (const FlowEntry& entry : kernel.flows()) note(by_kernel, decode(entry.key, entry.flow, {}));
    host.flows([&](const Flow& flow) { note(by_host, flow); });
    EXPECT_EQ(by_kernel, by_host);
    EXPECT_GT(by_host.size(), 100U);
    EXPECT_TRUE(std::any_of(by_host.begin(), by_host.end(), [](const auto& one) {
      return std::get<0>(one.second) > 50 && std::get<2>(one.second) > 5 && std::get<7>(one.second);
    }));
    EXPECT_EQ(host.tables()[0].evictions, 0U);
    EXPECT_GT(taken, all.size() * 9 / 10);
    EXPECT_GT(events, 500U);
  }
};

TEST_F(HostAgreementTest, HoldsForFramesWithAnEthernetHeader) {
  agree({.tap_base = kTapBase}, {Hook::xdp, Hook::ingress, Hook::egress});
}

TEST_F(HostAgreementTest, HoldsForFramesThatBeginWithTheirIpHeader) {
  agree({.ethernet = false, .tap_base = kTapBase}, {Hook::xdp, Hook::ingress, Hook::egress});
}

TEST_F(HostAgreementTest, HoldsOnKernelsWithoutXdpLoadBytes) {
  agree({.xdp_load_bytes = false, .tap_base = kTapBase}, {Hook::xdp});
}

// Needs 16 KiB in one piece, which BPF_PROG_TEST_RUN does not give to the kernel's programs.
TEST(HostTapTest, DoesNotMistakeHeadersThatAreFartherOutThanAnOffsetCanSay) {
  // Eight times 2,048 bytes of extension headers wrap an offset of 14 bits to the first of them, which looks like UDP.
  Packet chain = v6();
  for (int i = 0; i < 8; ++i) chain.destination_options(255);
  Frame frame = chain.udp(5060, 5060).payload(kOptions);
  const std::string inner = std::string("\x13\xc4\0\0\0\0", 6) + kOptions;
  std::copy(inner.begin(), inner.end(), frame.begin() + 14 + 40 + 2);
  HostTap tap(0, kPorts, [](const Piece& piece) { ADD_FAILURE() << piece.bytes; });
  tap.packet({}, frame, static_cast<std::uint32_t>(frame.size()), true);
  EXPECT_EQ(tap.counters().packets[VIALENS_O_BROKEN], 1U);
}

TEST(HostTapTest, SaysThatADatagramWasTooLong) {
  // A segmentation offload packet (BIG TCP) that a capture file may hold.
  const std::string text = text_of(40 * VIALENS_CHUNK);
  std::string all;
  HostTap tap(0, kPorts, [&](const Piece& piece) { all += piece.bytes; });
  const Frame frame = v4().length(0).tcp(5060, 5060).payload(text);
  tap.packet({}, frame, static_cast<std::uint32_t>(frame.size()), true);
  EXPECT_EQ(tap.counters().packets[VIALENS_O_LOST_SIZE], 1U);
  EXPECT_EQ(all, text.substr(0, VIALENS_MAX_PIECES * std::size_t{VIALENS_CHUNK}));
}

TEST(HostTapTest, TakesWhatIsLeftOfACaptureThatWasCut) {
  const Frame frame = v4().udp(5060, 5060).payload(text_of(3000));
  for (std::size_t size = 0; size <= frame.size(); ++size) {
    SCOPED_TRACE(size);
    std::size_t in_hand = 0, on_wire = 0;
    HostTap tap(0, kPorts, [&](const Piece& piece) {
      in_hand += piece.bytes.size();
      on_wire += piece.wire_length;
    });
    tap.packet({}, std::span(frame).first(size), static_cast<std::uint32_t>(frame.size()), true);
    EXPECT_EQ(packets(tap.counters()), 1U);
    if (size <= 42) {
      EXPECT_EQ(tap.counters().packets[size < 42 ? VIALENS_O_BROKEN : VIALENS_O_LOST_COPY], 1U);
      EXPECT_EQ(on_wire, 0U);
    } else {
      EXPECT_EQ(in_hand, size - 34);
      // The second piece is told of only if there is something in it.
      EXPECT_EQ(on_wire, size > 34 + VIALENS_CHUNK ? 3008U : VIALENS_CHUNK);
    }
  }
}

}  // namespace
}  // namespace vialens::test

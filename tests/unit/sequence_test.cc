// Sequence accounting against a model that remembers every number (RFC 3550 A.1, A.3, RFC 3611 4.7.2).
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/bpf/packet.h"
#include "tests/bpf/rtp.h"
#include "userspace/capture/host_tap.h"

namespace vialens {
namespace {

using namespace test;

// Delivers these numbers, in this order, and says what the flow tells.
Flow flow_of(const std::vector<unsigned>& numbers) {
  static constexpr std::uint16_t kPorts[] = {5060};
  HostTap tap(0, kPorts, [](const Piece&) {});
  std::int64_t ns = 0;
  for (const unsigned number : numbers) {
    const Frame frame = v4().udp(16384, 40000).payload(rtp().sequence(number & 0xffffU).timestamp(number * 160));
    tap.packet(Time(Duration(ns += 20'000'000)), frame, static_cast<std::uint32_t>(frame.size()), true);
  }
  Flow result;
  tap.flows([&](const Flow& flow) { result = flow; });
  return result;
}

struct Bursts {
  std::uint64_t bursts = 0, lost = 0, packets = 0;
};

// RFC 3611 4.7.2, said another way: runs of lost packets with fewer than 16 others in between.
Bursts bursts_of(const std::set<unsigned>& came, unsigned first, unsigned last) {
  Bursts result;
  std::vector<unsigned> cluster;
  const auto close = [&] {
    if (cluster.size() > 1) {
      ++result.bursts;
      result.lost += cluster.size();
      result.packets += cluster.back() - cluster.front() + 1;
    }
    cluster.clear();
  };
  for (unsigned i = first; i <= last; ++i) {
    if (came.contains(i)) continue;
    if (!cluster.empty() && i - cluster.back() - 1 >= 16) close();
    cluster.push_back(i);
  }
  close();
  return result;
}

TEST(SequenceTest, AgreesWithAModelThatRemembersEverything) {
  std::mt19937 random(4711);
  const auto chance = [&](double p) { return std::bernoulli_distribution(p)(random); };
  for (int round = 0; round < 60; ++round) {
    const double loss = round % 5 * 0.03, twice = round % 3 * 0.02, late = round % 4 * 0.02;
    const unsigned start = round % 2 == 0 ? 100 : 65500;
    std::vector<unsigned> sent;
    for (unsigned i = start; i < start + 700; ++i) {
      if (i != start && (chance(loss) || (chance(loss / 4) && (i += late > 0 ? 20U : 70U) > 0))) continue;
      sent.push_back(i);
      if (chance(twice)) sent.push_back(i);
    }
    for (std::size_t i = 1; i + 40 < sent.size(); ++i)
      if (chance(late)) std::swap(sent[i], sent[i + 1 + random() % 3]);
    const std::set<unsigned> came(sent.begin(), sent.end());
    const Flow flow = flow_of(sent);
    SCOPED_TRACE(round);
    const unsigned last = *came.rbegin();
    EXPECT_EQ(flow.packets, sent.size());
    EXPECT_EQ(flow.expected, last - start + 1);
    EXPECT_EQ(flow.lost, last - start + 1 - came.size());
    EXPECT_EQ(flow.duplicates, sent.size() - came.size());
    EXPECT_EQ(flow.wraps, last > 65535 ? 1U : 0U);
    const Bursts expected = bursts_of(came, start, last);
    EXPECT_EQ(flow.bursts, expected.bursts);
    EXPECT_EQ(flow.burst_lost, expected.lost);
    EXPECT_EQ(flow.burst_packets, expected.packets);
  }
}

TEST(SequenceTest, ASourceThatBeginsAnewLosesNothingInBetween) {
  const Flow flow = flow_of({10, 11, 13, 40000, 40001, 40002});
  EXPECT_EQ(flow.restarts, 1U);
  EXPECT_EQ(flow.strays, 0U);
  EXPECT_EQ(flow.expected, 4U + 3);
  EXPECT_EQ(flow.lost, 1U);
  EXPECT_EQ(flow.bursts, 0U);
}

TEST(SequenceTest, AFlowIsBelievedOnlyAtAPlausibleRate) {
  static constexpr std::uint16_t kPorts[] = {5060};
  for (const int seconds : {1, 3}) {
    HostTap tap(0, kPorts, [](const Piece&) {});
    for (int i = 0; i < 5; ++i) {
      const Frame frame = v4().udp(16384, 40000).payload(rtp().sequence(static_cast<unsigned>(i)));
      tap.packet(Time(std::chrono::seconds(i * seconds)), frame, static_cast<std::uint32_t>(frame.size()), true);
    }
    tap.flows([&](const Flow& flow) { EXPECT_EQ(flow.believed, seconds == 1); });
  }
}

// 20 ms apart, each third packet 6 ms late: the numbers are those of A.8, worked out by hand in the loop.
TEST(SequenceTest, JitterAndItsMeanAreThoseOfTheRunningValue) {
  static constexpr std::uint16_t kPorts[] = {5060};
  HostTap tap(0, kPorts, [](const Piece&) {});
  double jitter = 0, sum = 0, most = 0;
  std::int64_t before = 0;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t ns = i * 20'000'000LL + (i % 3 == 2 ? 6'000'000 : 0);
    const Frame frame = v4().udp(16384, 40000).payload(rtp().sequence(static_cast<unsigned>(i)));
    tap.packet(Time(Duration(ns)), frame, static_cast<std::uint32_t>(frame.size()), true);
    if (i != 0) {
      jitter += (std::abs(static_cast<double>(ns - before) - 20e6) - jitter) / 16;
      sum += jitter;
      most = std::max(most, jitter);
    }
    before = ns;
  }
  tap.flows([&](const Flow& flow) {
    ASSERT_TRUE(flow.jitter_ms);
    EXPECT_NEAR(*flow.jitter_ms, jitter / 1e6, 1e-4);
    EXPECT_NEAR(*flow.mean_jitter_ms, sum / 199 / 1e6, 1e-4);
    EXPECT_NEAR(*flow.most_jitter_ms, most / 1e6, 1e-4);
  });
}

}  // namespace
}  // namespace vialens

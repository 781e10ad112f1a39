// The table of flows as the control plane reads it, in batches and one by one.
#include "userspace/capture/live/kernel_flows.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <optional>
#include <system_error>

namespace vialens::live {
namespace {

class KernelFlowsTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      flows_.emplace();
    } catch (const std::system_error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  void put(std::uint32_t ssrc, std::uint64_t packets, std::uint64_t last_ns = 0) {
    vialens_flow_key key{};
    key.ssrc = ssrc;
    vialens_flow flow{};
    flow.packets = packets;
    flow.last_ns = last_ns;
    ASSERT_EQ(bpf_map_update_elem(flows_->fd(), &key, &flow, BPF_ANY), 0);
  }
  static std::uint64_t now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  }

  std::optional<KernelFlows> flows_;
  std::map<std::uint32_t, std::uint64_t> seen_;  // packets by SSRC
  KernelFlows::Sink see_ = [this](const vialens_flow_key& key, const vialens_flow& flow) {
    EXPECT_TRUE(seen_.emplace(key.ssrc, flow.packets).second) << "told twice";
  };
};

TEST_F(KernelFlowsTest, AreReadWhole) {
  std::map<std::uint32_t, std::uint64_t> all;
  for (const std::uint32_t count : {0U, 1U, 511U, 513U, 5000U}) {
    for (auto ssrc = static_cast<std::uint32_t>(all.size()); ssrc < count; ++ssrc) {
      all[ssrc] = 3 * ssrc;
      put(ssrc, 3 * ssrc);
    }
    seen_.clear();
    flows_->read_one_by_one(see_);
    EXPECT_EQ(seen_, all);
    seen_.clear();
    if (!flows_->read_in_batches(see_)) GTEST_SKIP() << "this kernel reads no maps in batches";
    EXPECT_EQ(seen_, all);
  }
}

TEST_F(KernelFlowsTest, AreToldWhenTheyChanged) {
  put(1, 10, now());
  put(2, 20, now());
  flows_->changed(0, see_);
  EXPECT_EQ(seen_, (std::map<std::uint32_t, std::uint64_t>{{1, 10}, {2, 20}}));
  const timespec pause{0, 30'000'000};
  nanosleep(&pause, nullptr);
  seen_.clear();
  flows_->changed(0, see_);
  put(2, 21, now());
  seen_.clear();
  flows_->changed(0, see_);
  EXPECT_EQ(seen_, (std::map<std::uint32_t, std::uint64_t>{{2, 21}}));
}

TEST_F(KernelFlowsTest, KnowsHowManyWereEvicted) {
  constexpr std::uint32_t kMany = 3 * VIALENS_FLOWS;
  for (std::uint32_t ssrc = 0; ssrc < 100; ++ssrc) put(ssrc, 1);
  flows_->changed(100, see_);
  EXPECT_EQ(flows_->fill("flows").entries, 100U);
  EXPECT_EQ(flows_->fill("flows").evictions, 0U);
  for (std::uint32_t ssrc = 100; ssrc < kMany; ++ssrc) put(ssrc, 1);
  seen_.clear();
  flows_->changed(kMany, see_);
  const TableFill fill = flows_->fill("flows");
  EXPECT_EQ(fill.name, "flows");
  EXPECT_EQ(fill.capacity, VIALENS_FLOWS);
  EXPECT_LE(fill.entries, fill.capacity);
  EXPECT_GT(fill.entries, fill.capacity / 2);
  EXPECT_EQ(fill.entries + fill.evictions, kMany);
}

TEST_F(KernelFlowsTest, EndpointsThatAreToldAgainCountOnce) {
  KernelEndpoints endpoints;
  const auto put_all = [&](unsigned most) {
    for (unsigned port = 1; port <= most; ++port)
      endpoints.put({{*Address::parse("192.0.2.1"), static_cast<std::uint16_t>(port)}, true, false, false, {}});
  };
  put_all(100);
  put_all(100);
  EXPECT_EQ(endpoints.fill().entries, 100U);
  put_all(VIALENS_ENDPOINTS + 5);
  EXPECT_EQ(endpoints.fill().entries, VIALENS_ENDPOINTS);
  EXPECT_GE(endpoints.fill().evictions, 5U);
}

}  // namespace
}  // namespace vialens::live

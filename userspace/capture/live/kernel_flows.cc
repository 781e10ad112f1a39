#include "userspace/capture/live/kernel_flows.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

namespace vialens::live {
namespace {

constexpr __u32 kBatch = 512;  // some 66 KiB; no bucket of the hash holds as many
// Between reading the clock and writing to the flow, interrupts may hold a program up.
constexpr std::uint64_t kSlackNs = 10'000'000;

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

KernelFlows::KernelFlows()
    : map_(check(bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "flows", sizeof(vialens_flow_key), sizeof(vialens_flow),
                                VIALENS_FLOWS, nullptr),
                 "create the table of flows")) {}

void KernelFlows::changed(const Sink& sink) {
  const std::uint64_t started = monotonic_ns();
  const Sink news = [&](const vialens_flow_key& key, const vialens_flow& flow) {
    if (flow.last_ns >= since_ns_) sink(key, flow);
  };
  if (!read_in_batches(news)) read_one_by_one(news);
  since_ns_ = started - std::min(started, kSlackNs);
}

bool KernelFlows::read_in_batches(const Sink& sink) const {
  std::vector<vialens_flow_key> keys(kBatch);
  std::vector<vialens_flow> flows(kBatch);
  __u32 bucket = 0;
  __u32* from = nullptr;
  for (;;) {
    __u32 count = kBatch;
    errno = 0;
    const int result = bpf_map_lookup_batch(map_.get(), from, &bucket, keys.data(), flows.data(), &count, nullptr);
    if (result != 0 && errno != ENOENT) return false;
    for (__u32 i = 0; i < count; ++i) sink(keys[i], flows[i]);
    if (result != 0) return true;  // ENOENT: these were the last ones
    from = &bucket;
  }
}

// A key that is evicted meanwhile sends the walk back to its beginning: it ends after twice as many keys as there can
// be, and whoever was passed over is told next time.
void KernelFlows::read_one_by_one(const Sink& sink) const {
  vialens_flow_key key{};
  vialens_flow flow{};
  const void* from = nullptr;
  for (unsigned i = 0; i < 2 * VIALENS_FLOWS && bpf_map_get_next_key(map_.get(), from, &key) == 0; ++i) {
    if (bpf_map_lookup_elem(map_.get(), &key, &flow) == 0) sink(key, flow);
    from = &key;
  }
}

}  // namespace vialens::live

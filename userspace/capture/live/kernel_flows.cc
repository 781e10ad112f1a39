#include "userspace/capture/live/kernel_flows.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

#include "userspace/capture/decode.h"
#include "userspace/core/error.h"

namespace vialens::live {
namespace {

constexpr __u32 kBatch = 512;  // some 125 KiB; no bucket of the hash holds as many
// Between reading the clock and writing to the flow, interrupts may hold a program up.
constexpr std::uint64_t kSlackNs = 10'000'000;

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// They are allocated whole, so that it is known at once whether there is room.
FileDescriptor make_table(const char* name, __u32 key_size, __u32 value_size, std::uint32_t limit) {
  const int fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, name, key_size, value_size, limit, nullptr);
  if (fd == -ENOMEM || fd == -E2BIG)
    throw InputError(fmt::format("no memory for the kernel's table of {} ({} entries); lower --calls", name, limit));
  return FileDescriptor(check(fd, "create a table of media"));
}

}  // namespace

template <class Value>
KernelTable<Value>::KernelTable(const char* name, std::uint32_t limit)
    : map_(make_table(name, sizeof(vialens_flow_key), sizeof(Value), limit)), limit_(limit) {}

template <class Value>
void KernelTable<Value>::changed(const Sink& sink) {
  const std::uint64_t started = monotonic_ns();
  const Sink news = [&](const vialens_flow_key& key, const Value& value) {
    if (value.last_ns >= since_ns_) sink(key, value);
  };
  if (!read_in_batches(news)) read_one_by_one(news);
  since_ns_ = started - std::min(started, kSlackNs);
}

template <class Value>
bool KernelTable<Value>::read_in_batches(const Sink& sink) const {
  std::vector<vialens_flow_key> keys(kBatch);
  std::vector<Value> values(kBatch);
  __u32 bucket = 0;
  __u32* from = nullptr;
  for (;;) {
    __u32 count = kBatch;
    errno = 0;
    const int result = bpf_map_lookup_batch(map_.get(), from, &bucket, keys.data(), values.data(), &count, nullptr);
    if (result != 0 && errno != ENOENT) return false;
    for (__u32 i = 0; i < count; ++i) sink(keys[i], values[i]);
    if (result != 0) return true;  // ENOENT: these were the last ones
    from = &bucket;
  }
}

// A key that is evicted meanwhile sends the walk back to its beginning: it ends after twice as many keys as there can
// be, and whoever was passed over is told next time.
template <class Value>
void KernelTable<Value>::read_one_by_one(const Sink& sink) const {
  vialens_flow_key key{};
  Value value{};
  const void* from = nullptr;
  for (std::uint32_t i = 0; i < 2 * limit_ && bpf_map_get_next_key(map_.get(), from, &key) == 0; ++i) {
    if (bpf_map_lookup_elem(map_.get(), &key, &value) == 0) sink(key, value);
    from = &key;
  }
}

template class KernelTable<vialens_flow>;
template class KernelTable<vialens_rtcp>;

KernelEndpoints::KernelEndpoints(const TableSizes& sizes)
    : map_(make_table("endpoints", sizeof(vialens_endpoint_key), sizeof(vialens_endpoint), sizes.endpoints)) {}

// Cannot fail but for memory; then its streams are known by their look.
void KernelEndpoints::put(const MediaEndpoint& endpoint) const noexcept {
  const auto [key, value] = encode(endpoint);
  bpf_map_update_elem(map_.get(), &key, &value, BPF_ANY);
}

}  // namespace vialens::live

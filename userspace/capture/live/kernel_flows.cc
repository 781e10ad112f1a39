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
void KernelTable<Value>::changed(std::uint64_t made, const Sink& sink) {
  const std::uint64_t started = monotonic_ns();
  std::uint64_t entries = 0;
  const Sink news = [&](const vialens_flow_key& key, const Value& value) {
    ++entries;
    if (value.last_ns >= since_ns_) sink(key, value);
  };
  if (!read_in_batches(news)) {
    entries = 0;
    read_one_by_one(news);
  }
  since_ns_ = started - std::min(started, kSlackNs);
  entries_ = std::min<std::uint64_t>(entries, limit_);
  // One that was added on the way may hide one that was evicted, until the next call.
  evicted_ = std::max(evicted_, made - std::min(made, entries));
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
    : map_(make_table("endpoints", sizeof(vialens_endpoint_key), sizeof(vialens_endpoint), sizes.endpoints)),
      limit_(sizes.endpoints) {}

// Cannot fail but for memory; then its streams are known by their look.
void KernelEndpoints::put(const MediaEndpoint& endpoint) noexcept {
  const auto [key, value] = encode(endpoint);
  if (bpf_map_update_elem(map_.get(), &key, &value, BPF_NOEXIST) == 0) {
    ++made_;
    return;
  }
  vialens_endpoint known{};
  const bool is_known = bpf_map_lookup_elem(map_.get(), &key, &known) == 0;
  const vialens_endpoint now = is_known ? merged(known, value) : value;
  bpf_map_update_elem(map_.get(), &key, &now, BPF_ANY);
}

TableFill KernelEndpoints::fill() const noexcept {
  const std::uint64_t entries = std::min(made_, limit_);
  return {"endpoints", entries, limit_, made_ - entries};
}

}  // namespace vialens::live

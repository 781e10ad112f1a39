// How fast the kernel's table of flows is read: fills one with FLOWS flows (100,000), and reads it ROUNDS times (50) as
// a live run does, in batches and, for comparison, one by one. Needs the rights to make BPF maps.
//
//   tools/build release bench_flows && sudo build/release/bench_flows [FLOWS [ROUNDS]]
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include "userspace/capture/decode.h"
#include "userspace/capture/live/kernel_flows.h"

namespace {

using namespace vialens;
using Clock = std::chrono::steady_clock;

void fill(const live::KernelFlows& table, std::uint32_t flows) {
  for (std::uint32_t i = 0; i < flows; ++i) {
    vialens_flow_key key{};
    key.ssrc = i;
    key.sport = static_cast<__u16>(1024 + i % 60000);
    vialens_flow flow{};
    flow.packets = flow.believed = 1;
    flow.last_ns = ~std::uint64_t{0};  // changed: every one is told
    if (bpf_map_update_elem(table.fd(), &key, &flow, BPF_ANY) != 0) throw std::runtime_error("cannot fill the table");
  }
}

void measure(const char* what, std::uint32_t rounds, const std::function<std::uint64_t()>& read) {
  std::uint64_t told = 0;
  const Clock::time_point begin = Clock::now();
  for (std::uint32_t i = 0; i < rounds; ++i) told += read();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print("{}: {} flows in {:.3f} s, {:.0f} flows/s\n", what, told, seconds, static_cast<double>(told) / seconds);
}

void run(std::uint32_t flows, std::uint32_t rounds) {
  live::TableSizes sizes;
  sizes.flows = flows + flows / 4;  // an LRU table evicts somewhat before it is full
  live::KernelFlows table(sizes);
  fill(table, flows);
  std::uint64_t count = 0, packets = 0;
  const live::KernelFlows::Sink only_read = [&](const vialens_flow_key&, const vialens_flow&) { ++count; };
  const live::KernelFlows::Sink decoded = [&](const vialens_flow_key& key, const vialens_flow& flow) {
    ++count;
    packets += decode(key, flow, {}).packets;
  };
  const auto counted = [&](const std::function<void()>& read) {
    return [&count, read] {
      count = 0;
      read();
      return count;
    };
  };
  measure("in batches", rounds, counted([&] { table.read_in_batches(only_read); }));
  measure("in batches, and decoded", rounds, counted([&] { table.changed(flows, decoded); }));
  measure("one by one", 1, counted([&] { table.read_one_by_one(only_read); }));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? static_cast<std::uint32_t>(std::stoul(argv[1])) : 100'000,
        argc > 2 ? static_cast<std::uint32_t>(std::stoul(argv[2])) : 50);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_flows: {}\n", error.what());
    return 1;
  }
}

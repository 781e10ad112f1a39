// The kernel's table of flows (bpf/maps.h) for capture files: bounded, the least recent one goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string_view>
#include <unordered_map>

#include "vialens/abi.h"

namespace vialens {

class FlowTable {
 public:
  using Sink = std::function<void(const vialens_flow_key&, const vialens_flow&)>;

  explicit FlowTable(std::size_t limit = VIALENS_FLOWS) : limit_(limit) {}

  vialens_flow* find(const vialens_flow_key& key);  // nullptr if there is none
  void add(const vialens_flow_key& key, const vialens_flow& flow);
  // Those of which packets were counted since the last call, the most recent one first.
  void changed(const Sink& sink);

  std::size_t size() const noexcept { return entries_.size(); }
  std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  struct Entry {
    vialens_flow_key key;
    vialens_flow flow;
    std::uint64_t told = 0;  // packets, when changed() was called last
  };
  static std::string_view bytes(const vialens_flow_key& key) noexcept;

  std::size_t limit_;
  std::uint64_t evicted_ = 0;
  std::list<Entry> entries_;                                                 // the most recent one first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // by the bytes of the entry's key
};

}  // namespace vialens

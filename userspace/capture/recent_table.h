// The kernel's tables of media (bpf/maps.h) for capture files: bounded, the least recent entry goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string_view>
#include <unordered_map>

#include "userspace/core/limits.h"
#include "vialens/abi.h"

namespace vialens {

// Keys are compared byte by byte: they have no padding, which abi.h asserts.
template <class Key, class Value, std::size_t kLimit>
class RecentTable {
 public:
  explicit RecentTable(std::size_t limit = kLimit) : limit_(limit) {}

  Value* find(const Key& key) {  // nullptr if there is none
    const auto found = by_key_.find(bytes(key));
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    found->second->round = round_;
    return &found->second->value;
  }
  // Unless there is one.
  void add(const Key& key, const Value& value) {
    if (by_key_.contains(bytes(key))) return;
    if (entries_.size() >= limit_) {
      by_key_.erase(bytes(entries_.back().key));
      entries_.pop_back();
      ++evicted_;
    }
    entries_.push_front({key, value, 0, round_});
    by_key_.emplace(bytes(entries_.front().key), entries_.begin());
  }
  void put(const Key& key, const Value& value) {
    if (Value* known = find(key))
      *known = value;
    else
      add(key, value);
  }
  // Those of which packets were counted since the last call, the most recent one first: each packet brings its entry to
  // the front, so that the first one that was not looked at ends the news.
  template <class Sink>
  void changed(const Sink& sink) {
    const std::uint64_t round = round_++;
    for (Entry& entry : entries_) {
      if (entry.round != round) return;
      if (entry.value.packets == entry.told) continue;  // looked at, and none of its packets
      entry.told = entry.value.packets;
      sink(entry.key, entry.value);
    }
  }

  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t capacity() const noexcept { return limit_; }
  std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  struct Entry {
    Key key;
    Value value;
    std::uint64_t told = 0;   // packets, when changed() was called last
    std::uint64_t round = 0;  // between two calls of it, in which this was found last
  };
  static std::string_view bytes(const Key& key) noexcept { return {reinterpret_cast<const char*>(&key), sizeof(key)}; }

  std::size_t limit_;
  std::uint64_t evicted_ = 0, round_ = 0;
  std::list<Entry> entries_;                                                          // the most recent one first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;  // by the bytes of the entry's key
};

// For as many calls as are followed, in one file each; they take memory as they fill. A call has two streams, and a
// quarter more is for those that changed their SSRC; its end points are three on either side of the box.
using FlowTable = RecentTable<vialens_flow_key, vialens_flow, 5 * kMostCalls / 2>;
using RtcpTable = RecentTable<vialens_flow_key, vialens_rtcp, 5 * kMostCalls / 2>;
using EndpointTable = RecentTable<vialens_endpoint_key, vialens_endpoint, 6 * kMostCalls>;

}  // namespace vialens

// A bounded table that knows what was used least recently, in lanes: what is over and may go soon, what is still open.
//
// When it is full, the least recent of the first lane that has any goes, and is counted. Entries are used again with
// what they have allocated, so that a table that has once been full allocates no more.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "userspace/core/time.h"

namespace vialens {

// `Value` has clear(), which makes it as new. Keys are hashes, see mix() in core/memory.h; two subjects with one hash
// are one subject. A pointer is valid until the entry goes, which only open() and expire() bring about.
template <class Value, std::size_t Lanes>
class Recent {
 public:
  using Gone = std::function<void(std::size_t key, const Value&)>;

  // `gone` is told of what goes, for whatever reason.
  explicit Recent(std::size_t most, Gone gone = {}) : most_(most), gone_(std::move(gone)) {}

  Value* find(std::size_t key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->value;
  }
  const Value* find(std::size_t key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->value;
  }
  // A new entry; there must be none with this key.
  Value& open(std::size_t key, std::size_t lane, Time now) {
    if (index_.size() >= most_) evict();
    if (spare_.empty()) spare_.emplace_back();
    List& list = lanes_[lane];
    list.splice(list.end(), spare_, spare_.begin());
    Entry& entry = list.back();
    entry.key = key;
    entry.lane = lane;
    entry.touched = now;
    entry.value.clear();
    insert(key, std::prev(list.end()));
    return entry.value;
  }
  // It was used, and belongs to this lane from now on.
  void touch(std::size_t key, std::size_t lane, Time now) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    Entry& entry = *found->second;
    lanes_[lane].splice(lanes_[lane].end(), lanes_[entry.lane], found->second);
    entry.lane = lane;
    entry.touched = std::max(entry.touched, now);
  }
  // Takes out what was not used since.
  void expire(std::size_t lane, Time since) {
    while (!lanes_[lane].empty() && lanes_[lane].front().touched < since) remove(lanes_[lane].begin());
  }
  // Puts what was not used since into another lane, and tells `visit`.
  template <class Visit>
  void retire(std::size_t lane, std::size_t to, Time since, Visit visit) {
    while (!lanes_[lane].empty() && lanes_[lane].front().touched < since) {
      Entry& entry = lanes_[lane].front();
      entry.lane = to;
      lanes_[to].splice(lanes_[to].end(), lanes_[lane], lanes_[lane].begin());
      visit(entry.value);
    }
  }

  std::size_t size() const noexcept { return index_.size(); }
  std::size_t capacity() const noexcept { return most_; }
  std::uint64_t evicted() const noexcept { return evicted_; }  // gone for want of room

 private:
  struct Entry {
    std::size_t key = 0, lane = 0;
    Time touched{};
    Value value{};
  };
  using List = std::list<Entry>;
  using Index = std::unordered_map<std::size_t, typename List::iterator>;

  void insert(std::size_t key, typename List::iterator entry) {
    if (nodes_.empty()) {
      index_.emplace(key, entry);
      return;
    }
    typename Index::node_type node = std::move(nodes_.back());
    nodes_.pop_back();
    node.key() = key;
    node.mapped() = entry;
    index_.insert(std::move(node));
  }
  void remove(typename List::iterator entry) {
    if (gone_) gone_(entry->key, entry->value);
    nodes_.push_back(index_.extract(entry->key));
    spare_.splice(spare_.end(), lanes_[entry->lane], entry);
  }
  void evict() {
    for (List& lane : lanes_)
      if (!lane.empty()) {
        ++evicted_;
        remove(lane.begin());
        return;
      }
  }

  std::size_t most_;
  Gone gone_;
  std::array<List, Lanes> lanes_;
  List spare_;
  Index index_;
  std::vector<typename Index::node_type> nodes_;
  std::uint64_t evicted_ = 0;
};

}  // namespace vialens

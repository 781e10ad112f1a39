// A map that forgets what has not been touched for long: when it is full, or a day old, it begins anew, and remembers
// the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "userspace/core/time.h"

namespace vialens {

// The sum of all memories that were made on this thread while it was the latest one open, and the clock that they go
// by; it outlives them. There are too many of them, in too many places, to ask each.
class MemoryTally {
 public:
  MemoryTally() noexcept : before_(std::exchange(latest, this)) {}
  ~MemoryTally() { close(); }
  MemoryTally(MemoryTally&&) = delete;
  void close() noexcept {  // in the reverse order of making
    if (latest == this) latest = before_;
  }
  static MemoryTally* open() noexcept { return latest; }  // nullptr if there is none

  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  std::uint64_t evicted() const noexcept { return evicted_; }
  void advance(Time now) noexcept { now_ = now; }

 private:
  template <class Value>
  friend class Memory;
  static inline thread_local MemoryTally* latest = nullptr;
  MemoryTally* before_;
  std::size_t size_ = 0, capacity_ = 0;
  std::uint64_t evicted_ = 0;
  Time now_{};
};

// Bounded: at most 2 * `most` entries. With a clock, what nobody has touched for a day goes within the next one; a
// small box runs for years, and is never full. A reference is valid until the next operator[] or find(). Keys are
// hashes, see mix(); two subjects with one hash are one subject.
template <class Value>
class Memory {
 public:
  // `tally`: nullptr for one that is told of by itself.
  explicit Memory(std::size_t most = 32768, MemoryTally* tally = MemoryTally::open()) : most_(most), tally_(tally) {
    if (tally_ != nullptr) tally_->capacity_ += capacity();
  }

  Value* find(std::size_t key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    return old_.contains(key) ? &(*this)[key] : nullptr;
  }
  // Without keeping it young.
  const Value* peek(std::size_t key) const {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    return found == old_.end() ? nullptr : &found->second;
  }
  Value& operator[](std::size_t key) {
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    auto node = old_.extract(key);  // before the old ones go
    if (young_.size() >= most_ || is_old()) forget();
    if (node) return young_.insert(std::move(node)).position->second;
    if (tally_ != nullptr) ++tally_->size_;
    return young_.try_emplace(key).first->second;
  }
  void erase(std::size_t key) {
    const std::size_t erased = young_.erase(key) + old_.erase(key);
    if (tally_ != nullptr) tally_->size_ -= erased;
  }

  std::size_t size() const noexcept { return young_.size() + old_.size(); }
  std::size_t capacity() const noexcept { return 2 * most_; }
  // Forgotten for want of room. Nothing is taken out before that, so that most of these were of no use any more.
  std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  using Map = std::unordered_map<std::size_t, Value>;

  bool is_old() const noexcept { return tally_ != nullptr && tally_->now_ - began_ > kDay; }
  void forget() {
    const std::size_t evicted = young_.size() >= most_ ? old_.size() : 0;
    evicted_ += evicted;
    if (tally_ != nullptr) {
      tally_->evicted_ += evicted;
      tally_->size_ -= old_.size();
      began_ = tally_->now_;
    }
    old_ = std::exchange(young_, {});
  }

  static constexpr Duration kDay = std::chrono::hours(24);

  std::size_t most_;
  MemoryTally* tally_;
  Map young_, old_;
  Time began_{};
  std::uint64_t evicted_ = 0;
};

// In which order matters: mix(a, b) is not mix(b, a).
inline std::size_t mix(std::size_t a, std::size_t b) noexcept {
  a = (a * 0xff51afd7ed558ccdULL + b) * 0x9e3779b97f4a7c15ULL;
  return a ^ (a >> 32U);
}

inline std::size_t hash(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

}  // namespace vialens

// A map that forgets what has not been touched for long: when it is full it begins anew, and remembers the one before.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace vialens {

// Bounded: at most 2 * `most` entries. Keys are hashes, see mix(); two subjects with one hash are one subject.
template <class Value>
class Memory {
 public:
  explicit Memory(std::size_t most = 32768) : most_(most) {}

  Value* find(std::size_t key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    return found == old_.end() ? nullptr : &(*this)[key];
  }
  // Without keeping it young.
  const Value* peek(std::size_t key) const {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    return found == old_.end() ? nullptr : &found->second;
  }
  Value& operator[](std::size_t key) {
    if (young_.size() >= most_) old_ = std::exchange(young_, {});
    const auto [entry, is_new] = young_.try_emplace(key);
    if (const auto found = is_new ? old_.find(key) : old_.end(); found != old_.end()) entry->second = found->second;
    return entry->second;
  }
  void erase(std::size_t key) {
    young_.erase(key);
    old_.erase(key);
  }

 private:
  std::size_t most_;
  std::unordered_map<std::size_t, Value> young_, old_;
};

// In which order matters: mix(a, b) is not mix(b, a).
inline std::size_t mix(std::size_t a, std::size_t b) noexcept {
  a = (a * 0xff51afd7ed558ccdULL + b) * 0x9e3779b97f4a7c15ULL;
  return a ^ (a >> 32U);
}

inline std::size_t hash(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

}  // namespace vialens

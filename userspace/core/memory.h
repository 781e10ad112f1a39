// A map that forgets what has not been touched for long: when it is full it begins anew, and remembers the one before.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace vialens {

// Bounded: at most 2 * `most` entries. A reference is valid until the next operator[] or find(). Keys are hashes, see
// mix(); two subjects with one hash are one subject.
template <class Value>
class Memory {
 public:
  explicit Memory(std::size_t most = 32768) : most_(most) {}

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
    Value value{};  // taken out before the old ones go
    if (const auto found = old_.find(key); found != old_.end()) value = std::move(found->second);
    if (young_.size() >= most_) old_ = std::exchange(young_, {});
    return young_.emplace(key, std::move(value)).first->second;
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

// Pieces of a byte sequence that came in any order, kept without overlap.
//
// What both reassemblies have in common: a piece says where its bytes stand, some of them may be there already, and
// some may be known to be missing because the capture was cut. Bytes that were there first stay; a later copy that
// differs is reported, and the caller decides what that means. A piece costs O(log n) and its own length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "userspace/core/time.h"

namespace vialens {

class Extents {
 public:
  // What keeping a part costs beside its bytes: the map's node, the string, the allocator.
  static constexpr std::size_t kPartCost = 128;

  struct Part {
    std::string bytes;         // may be fewer than `length`: then its end was not captured
    std::uint32_t length = 0;  // on the wire
    Time time;
    bool reassembled = false;  // was more than one piece before it came here
  };
  using Parts = std::map<std::uint64_t, Part>;  // by position

  struct Added {
    std::uint64_t length = 0;  // that was not there before
    bool differs = false;      // where it overlaps with what was there, it has other bytes
  };

  // Keeps what is new of `length` bytes at `at`, of which `bytes` are in hand.
  Added add(std::uint64_t at, std::string_view bytes, std::uint32_t length, Time time, bool reassembled = false);

  bool empty() const noexcept { return parts_.empty(); }
  const Parts& parts() const noexcept { return parts_; }
  std::uint64_t begin() const noexcept { return parts_.begin()->first; }  // only if not empty
  std::uint64_t end() const noexcept;                                     // 0 if empty
  Part take_first();                                                      // only if not empty
  void clear() noexcept;

  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t cost() const noexcept { return bytes_ + parts_.size() * kPartCost; }

 private:
  Parts parts_;
  std::size_t bytes_ = 0;
};

}  // namespace vialens

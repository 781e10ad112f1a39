#include "userspace/reassembly/extents.h"

#include <algorithm>
#include <utility>

namespace vialens {
namespace {

// The bytes in [from, to) of a piece at `at`, as far as they are in hand.
std::string_view slice(std::string_view bytes, std::uint64_t at, std::uint64_t from, std::uint64_t to) noexcept {
  const std::uint64_t size = bytes.size();
  const std::uint64_t begin = std::min(from - at, size);
  const std::uint64_t end = std::min(to - at, size);
  return {bytes.data() + begin, static_cast<std::size_t>(end - begin)};
}

bool differ(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  return a.substr(0, common) != b.substr(0, common);
}

}  // namespace

Extents::Added Extents::add(std::uint64_t at, std::string_view bytes, std::uint32_t length, Time time,
                            bool reassembled) {
  const std::uint64_t end = at + length;
  Added added;
  auto next = parts_.upper_bound(at);
  if (next != parts_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second.length > at) next = before;
  }
  for (std::uint64_t from = at; from < end;) {
    const std::uint64_t hole_end = next == parts_.end() ? end : std::min(end, next->first);
    if (from < hole_end) {
      Part part{std::string(slice(bytes, at, from, hole_end)), static_cast<std::uint32_t>(hole_end - from), time,
                reassembled};
      bytes_ += part.bytes.size();
      added.length += part.length;
      parts_.emplace_hint(next, from, std::move(part));
      from = hole_end;
      continue;
    }
    const std::uint64_t to = std::min(end, next->first + next->second.length);
    if (differ(slice(bytes, at, from, to), slice(next->second.bytes, next->first, from, to))) added.differs = true;
    from = to;
    ++next;
  }
  return added;
}

std::uint64_t Extents::end() const noexcept {
  return parts_.empty() ? 0 : parts_.rbegin()->first + parts_.rbegin()->second.length;
}

Extents::Part Extents::take_first() {
  Part part = std::move(parts_.extract(parts_.begin()).mapped());
  bytes_ -= part.bytes.size();
  return part;
}

void Extents::clear() noexcept {
  parts_.clear();
  bytes_ = 0;
}

}  // namespace vialens

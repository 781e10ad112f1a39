// How often a number was how large: counts by upper bounds, as Prometheus has them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace vialens {

// `Bounds`: upper bounds in rising order; what is larger than the last one is counted behind it.
template <const auto& Bounds>
class Histogram {
 public:
  static constexpr std::size_t kBounds = Bounds.size();
  static constexpr const auto& bounds() noexcept { return Bounds; }

  void observe(double value) noexcept {
    const auto bound = std::lower_bound(Bounds.begin(), Bounds.end(), value);
    ++counts_[static_cast<std::size_t>(bound - Bounds.begin())];
    ++count_;
    sum_ += value;
  }

  // Those above the bound before, up to this one.
  std::uint64_t in(std::size_t bound) const noexcept { return counts_[bound]; }
  std::uint64_t count() const noexcept { return count_; }
  double sum() const noexcept { return sum_; }

 private:
  std::array<std::uint64_t, kBounds + 1> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace vialens

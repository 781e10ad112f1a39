// The table of metric families: what there is, what it means, and how many series it can be at most. docs/metrics.md is
// made of it, and nothing can be told that is not in it.
#pragma once

#include <prometheus/metric_type.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace vialens {

struct Family {
  std::string_view name;  // as Prometheus has it: counters end in _total
  prometheus::MetricType type;
  std::string_view unit;    // "seconds", "bytes"; empty: a number of things
  std::string_view labels;  // separated by commas; empty: none
  // Series at most: so many, and so many for each name of a tap. A histogram is a series for each bucket, and two.
  std::size_t fixed, per_tap;
  std::string_view help;

  constexpr std::size_t most(std::size_t taps) const noexcept { return fixed + per_tap * taps; }
};

std::span<const Family> all_families() noexcept;
std::size_t family_index(std::string_view name);  // throws std::logic_error if there is none

}  // namespace vialens

// Metric families under construction, in the order of the table.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "userspace/core/histogram.h"
#include "userspace/metrics/families.h"

namespace vialens {

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  Exposition();

  // A counter or a gauge, as the table says.
  void add(std::string_view family, const Labels& labels, double value);
  void add(std::string_view family, const Labels& labels, std::uint64_t value) {
    add(family, labels, static_cast<double>(value));
  }
  template <const auto& Bounds>
  void add(std::string_view family, const Labels& labels, const Histogram<Bounds>& histogram) {
    prometheus::ClientMetric::Histogram told;
    for (std::size_t i = 0; i < Bounds.size(); ++i) {
      told.sample_count += histogram.in(i);
      told.bucket.push_back({told.sample_count, Bounds[i]});
    }
    told.sample_count = histogram.count();
    told.sample_sum = histogram.sum();
    open(family, labels).histogram = std::move(told);
  }

  // Families without series are left out.
  std::vector<prometheus::MetricFamily> take() &&;

 private:
  prometheus::ClientMetric& open(std::string_view family, const Labels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace vialens

#include "userspace/metrics/exposition.h"

namespace vialens {

Exposition::Exposition() {
  for (const Family& family : all_families())
    families_.push_back({std::string(family.name), std::string(family.help), family.type, {}});
}

void Exposition::add(std::string_view family, const Labels& labels, double value) {
  prometheus::ClientMetric& metric = open(family, labels);
  metric.counter.value = metric.gauge.value = value;
}

prometheus::ClientMetric& Exposition::open(std::string_view family, const Labels& labels) {
  prometheus::ClientMetric& metric = families_[family_index(family)].metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

std::vector<prometheus::MetricFamily> Exposition::take() && {
  std::erase_if(families_, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  return std::move(families_);
}

}  // namespace vialens

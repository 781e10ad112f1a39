#include "userspace/metrics/open_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "userspace/metrics/families.h"

namespace vialens {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

// {a="1",b="2"}; `more`: a label that only this line has.
std::string labels_of(const ClientMetric& metric, std::string_view more = {}) {
  std::string result;
  for (const ClientMetric::Label& label : metric.label)
    result += fmt::format("{}{}=\"{}\"", result.empty() ? "" : ",", label.name, escaped(label.value));
  if (!more.empty()) result += fmt::format("{}{}", result.empty() ? "" : ",", more);
  return result.empty() ? result : '{' + result + '}';
}

void tell_histogram(std::back_insert_iterator<std::string> out, std::string_view name, const ClientMetric& metric) {
  // Bounds are canonical numbers: 1.0, not 1.
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket)
    fmt::format_to(out, "{}_bucket{} {}\n", name,
                   labels_of(metric, bucket.upper_bound == std::floor(bucket.upper_bound)
                                         ? fmt::format("le=\"{:.1f}\"", bucket.upper_bound)
                                         : fmt::format("le=\"{}\"", bucket.upper_bound)),
                   bucket.cumulative_count);
  const std::uint64_t count = metric.histogram.sample_count;
  fmt::format_to(out, "{}_bucket{} {}\n", name, labels_of(metric, "le=\"+Inf\""), count);
  fmt::format_to(out, "{}_sum{} {}\n", name, labels_of(metric), metric.histogram.sample_sum);
  fmt::format_to(out, "{}_count{} {}\n", name, labels_of(metric), count);
}

std::string_view type_of(MetricType type) {
  return type == MetricType::Counter ? "counter" : type == MetricType::Gauge ? "gauge" : "histogram";
}

}  // namespace

std::string open_metrics(const std::vector<prometheus::MetricFamily>& families) {
  std::string text;
  const auto out = std::back_inserter(text);
  for (const prometheus::MetricFamily& family : families) {
    std::string_view name = family.name;
    if (family.type == MetricType::Counter) name.remove_suffix(std::string_view("_total").size());
    fmt::format_to(out, "# TYPE {} {}\n", name, type_of(family.type));
    if (const std::string_view unit = all_families()[family_index(family.name)].unit; !unit.empty())
      fmt::format_to(out, "# UNIT {} {}\n", name, unit);
    fmt::format_to(out, "# HELP {} {}\n", name, escaped(family.help));
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram)
        tell_histogram(out, name, metric);
      else
        fmt::format_to(out, "{}{} {}\n", family.name, labels_of(metric), metric.gauge.value);
    }
  }
  return text += "# EOF\n";
}

}  // namespace vialens

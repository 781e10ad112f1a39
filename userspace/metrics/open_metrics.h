// The text format of OpenMetrics 1.0, which prometheus-cpp has not.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace vialens {

// Counters, gauges and histograms, with the units of the table (families.h).
std::string open_metrics(const std::vector<prometheus::MetricFamily>& families);

}  // namespace vialens

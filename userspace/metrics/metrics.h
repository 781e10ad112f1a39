// The newest sums as metrics for Prometheus. docs/metrics.md says what there is.
//
// It counts nothing itself: what the kernel and the engine counted since the start of the process is handed on, so that
// a message that no sink was told of is counted all the same. Labels are names of the operator, or words of fixed
// tables; nothing that a packet says becomes one.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens {

class Metrics final : public Sink, public prometheus::Collectable {
 public:
  struct Build {
    std::string version, commit;
  };
  explicit Metrics(Build build) : build_(std::move(build)) {}

  void on_finding(const Finding&) override {}
  void on_call(const Call&) override {}
  void on_registration(const Registration&) override {}
  void on_summary(const Summary& summary) override { on_status(summary); }
  void on_status(const Summary& summary) override;

  // From any thread. Without a status, what is known is which vialens this is.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // In the text format of Prometheus (version 0.0.4), or in that of OpenMetrics (1.0).
  std::string text(bool openmetrics) const;

 private:
  Build build_;
  mutable std::mutex mutex_;
  std::shared_ptr<const OwnedSummary> newest_;
};

}  // namespace vialens

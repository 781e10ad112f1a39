// The metrics in a file, for a collector that reads files (node_exporter's textfile collector) where nothing may
// listen: text format 0.0.4, replaced as a whole, so that nobody reads half of one.
#pragma once

#include <chrono>
#include <string>

#include "userspace/metrics/metrics.h"

namespace vialens {

class MetricsFile final : public Sink {
 public:
  static constexpr std::chrono::seconds kEvery{15};

  // `metrics` is told before this is. Throws InputError if the file cannot be written.
  MetricsFile(std::string path, const Metrics& metrics);

  void on_finding(const Finding&) override {}
  void on_call(const Call&) override {}
  void on_registration(const Registration&) override {}
  void on_status(const Summary&) override;
  void on_summary(const Summary&) override;

 private:
  using Clock = std::chrono::steady_clock;

  void write() const;   // throws std::system_error
  void try_to_write();  // says once that it fails, and once that it works again

  std::string path_;
  const Metrics& metrics_;
  Clock::time_point written_;
  bool failing_ = false;
};

}  // namespace vialens

#include "userspace/app/consumers.h"

#include <spdlog/spdlog.h>

#include <exception>

#include "vialens_version.h"

namespace vialens::app {
namespace {

std::uint64_t bytes(std::uint32_t mib) { return std::uint64_t{mib} << 20U; }

std::unique_ptr<History> make_history(const Config::History& config) {
  if (config.file.empty()) return nullptr;
  return std::make_unique<History>(History::Options{config.file, bytes(config.mib), std::chrono::days(config.days)});
}

CallLog::Limits limits_of(const Config::Evidence& config) {
  CallLog::Limits limits;
  limits.bytes = bytes(config.memory_mib);
  limits.messages_per_call = config.messages_per_call;
  return limits;
}

}  // namespace

Consumers::Consumers(const Config& config)
    : history_(make_history(config.history)),
      exports_(std::make_unique<Exports>(config)),
      metrics_(std::make_unique<Metrics>(Metrics::Build{VIALENS_VERSION, VIALENS_COMMIT})),
      metrics_file_(config.metrics.file.empty() ? nullptr
                                                : std::make_unique<MetricsFile>(config.metrics.file, *metrics_)),
      call_log_(std::make_unique<CallLog>(limits_of(config.evidence))),
      web_(std::make_unique<Web>(config.http, *metrics_, *call_log_)),
      printed_(make_sink(config.output.json)) {}

std::vector<Sink*> Consumers::sinks() const {
  std::vector<Sink*> sinks;
  if (history_) sinks.push_back(history_.get());  // first: what is printed is in the history
  sinks.push_back(exports_.get());
  sinks.push_back(metrics_.get());
  if (metrics_file_) sinks.push_back(metrics_file_.get());  // writes what the metrics were just told
  sinks.push_back(call_log_.get());
  sinks.push_back(&web_->board());  // last: who is told news of a call finds its messages
  sinks.push_back(printed_.get());
  return sinks;
}

std::vector<TableFill> Consumers::tables() const {
  std::vector<TableFill> tables = web_->board().fills();
  tables.push_back(call_log_->fill());
  if (history_) tables.push_back(history_->fill());
  return tables;
}

void Consumers::reload(const Config& config) const {
  if (history_) history_->set_bounds(bytes(config.history.mib), std::chrono::days(config.history.days));
  web_->reload(config.http);
  try {
    exports_->reload(config);
  } catch (const std::exception& error) {
    spdlog::error("{}; what there was goes on", error.what());
  }
}

}  // namespace vialens::app

#include "userspace/app/consumers.h"

#include <spdlog/spdlog.h>

#include <exception>

#include "vialens_version.h"

namespace vialens::app {
namespace {

std::uint64_t bytes(std::uint32_t mib) { return std::uint64_t{mib} << 20U; }

CallLog::Limits limits_of(const Config::Evidence& config) {
  CallLog::Limits limits;
  limits.bytes = bytes(config.memory_mib);
  limits.messages_per_call = config.messages_per_call;
  return limits;
}

}  // namespace

Consumers::Consumers(const Config& config)
    : exports_(config),
      metrics_({VIALENS_VERSION, VIALENS_COMMIT}),
      call_log_(limits_of(config.evidence)),
      web_(config.http, metrics_, call_log_, config.history.file),
      printed_(make_sink(config.output.json)) {
  if (const Config::History& history = config.history; !history.file.empty())
    history_.emplace(History::Options{history.file, bytes(history.mib), std::chrono::days(history.days)});
  if (!config.metrics.file.empty()) metrics_file_.emplace(config.metrics.file, metrics_);
}

std::vector<Sink*> Consumers::sinks() {
  std::vector<Sink*> sinks;
  if (history_) sinks.push_back(&*history_);  // first: what is printed is in the history
  sinks.push_back(&exports_);
  sinks.push_back(&metrics_);
  if (metrics_file_) sinks.push_back(&*metrics_file_);  // writes what the metrics were just told
  sinks.push_back(&call_log_);
  sinks.push_back(&web_.board());  // last: who is told news of a call finds its messages
  sinks.push_back(printed_.get());
  return sinks;
}

std::vector<TableFill> Consumers::tables() const {
  std::vector<TableFill> tables = web_.board().fills();
  tables.push_back(call_log_.fill());
  if (history_) tables.push_back(history_->fill());
  return tables;
}

void Consumers::reload(const Config& config) {
  if (history_) history_->set_bounds(bytes(config.history.mib), std::chrono::days(config.history.days));
  web_.reload(config.http);
  try {
    exports_.reload(config);
  } catch (const std::exception& error) {
    spdlog::error("{}; what there was goes on", error.what());
  }
}

}  // namespace vialens::app

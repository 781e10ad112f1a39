// Everybody who is told what `vialens run` sees, as the configuration has it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "userspace/app/commands.h"
#include "userspace/app/exports.h"
#include "userspace/app/web.h"
#include "userspace/evidence/call_log.h"
#include "userspace/history/history.h"
#include "userspace/metrics/metrics_file.h"

namespace vialens::app {

class Consumers {
 public:
  explicit Consumers(const Config& config);  // throws UsageError, InputError

  std::vector<Sink*> sinks();
  std::vector<TableFill> tables() const;

  // What of the configuration can change while it goes on does so, and files are opened anew. Trouble is told in the
  // log, and leaves the one in question as it was.
  void reload(const Config& config);

  void set_ready(bool ready) noexcept { web_.set_ready(ready); }

 private:
  std::optional<History> history_;
  Exports exports_;
  Metrics metrics_;
  std::optional<MetricsFile> metrics_file_;
  CallLog call_log_;
  Web web_;
  std::unique_ptr<Sink> printed_;
};

}  // namespace vialens::app

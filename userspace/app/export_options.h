// What leaves the box while it goes on: to a collector of Homer, to a file of JSON lines.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "userspace/export/hep_export.h"
#include "userspace/sink/json_lines.h"
#include "userspace/sink/rotating_file.h"

namespace vialens::app {

// The sinks that were asked for. Those who are told things call them from one thread.
class Exports {
 public:
  Exports(const std::optional<HepExport::Options>& hep, const std::optional<RotatingFile::Options>& json_file);

  std::vector<Sink*> sinks() const;
  void reopen() noexcept;  // files, after they were moved away
  const HepExport* hep() const noexcept { return hep_.get(); }

 private:
  std::unique_ptr<HepExport> hep_;
  std::unique_ptr<RotatingFile> file_;
  std::unique_ptr<JsonLines> json_;
};

struct ExportOptions {
  std::string collector, ca_file, json_file;
  bool no_mask = false;

  void add_to(CLI::App& command);
  std::unique_ptr<Exports> make() const;  // throws UsageError, InputError
};

}  // namespace vialens::app

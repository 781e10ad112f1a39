// Capture files on the command line, and reading them through the engine: read, show and evidence have it in common.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "userspace/capture/file_capture.h"
#include "userspace/config/config.h"
#include "userspace/sink/sink.h"

namespace vialens::app {

struct CaptureFiles {
  std::vector<std::string> files;
  std::string lan, wan;
  std::string side;
  Config config;  // of which the ports are set

  // Adds FILE, --lan, --wan, --side and --sip-port.
  void add_to(CLI::App& command);
  bool empty() const noexcept { return files.empty() && lan.empty(); }
};

// The files are opened at once, and their taps last as long as this: it has to outlive the sink.
class FileReading {
 public:
  explicit FileReading(const CaptureFiles& files);

  // From the first packet to the last, and the summary; warnings go to the log. Returns what was found. Once.
  FindingCounts run(Sink& sink);

 private:
  FileCapture capture_;
};

}  // namespace vialens::app

// One call out of capture files, by its Call-ID: what show and evidence begin with.
#pragma once

#include <memory>
#include <string>

#include "userspace/app/capture_files.h"
#include "userspace/evidence/call_log.h"

namespace vialens::app {

struct OneCall {
  std::string call_id;  // or its beginning
  bool last = false;    // the one that began last
  CaptureFiles files;

  // Adds CALL-ID, --last and what there is to say about files.
  void add_to(CLI::App& command);
};

// Everything that was read, and the call that was asked for. The taps are the reading's.
struct ReadCall {
  std::unique_ptr<FileReading> reading;
  std::unique_ptr<CallLog> log;
  std::shared_ptr<const CallRecord> record;
};

// Throws InputError with the calls that there are, if that one is not among them or more than one are meant.
ReadCall read_call(const OneCall& options);

}  // namespace vialens::app

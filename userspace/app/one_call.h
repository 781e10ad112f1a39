// One call, by its Call-ID, out of capture files or of the vialens that runs: what show and evidence begin with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "userspace/app/ask.h"
#include "userspace/app/capture_files.h"
#include "userspace/board/board.h"
#include "userspace/core/error.h"
#include "userspace/evidence/call_log.h"

namespace vialens::app {

// None is that call, or begins like that.
class NoSuchCall : public InputError {
 public:
  using InputError::InputError;
};

struct WantedCall {
  std::string call_id;  // or its beginning
  bool last = false;    // the one that began last
  CaptureFiles files;   // none: the one that runs is asked
};

struct OneCall {
  WantedCall words;  // as they were said: the first may be a file
  AskOptions ask;

  // Adds CALL-ID, --last, what there is to say about files, and whom to ask.
  void add_to(CLI::App& command);
  // Throws UsageError where it makes no sense.
  WantedCall wanted() const;
  std::shared_ptr<HttpClient> client() const;
};

// Everything that was read, and the call that was asked for. The taps are the reading's.
struct ReadCall {
  std::unique_ptr<FileReading> reading;
  std::unique_ptr<Board> board;  // how its streams went over time
  std::unique_ptr<CallLog> log;
  std::shared_ptr<const CallRecord> record;
};

// Throw NoSuchCall with the calls that there are, if that one is not among them, and InputError if more than one are
// meant.
ReadCall read_call(const WantedCall& wanted);
// The Call-ID that is meant by its beginning, or by none. `all` in the order in which they began.
std::string chosen(const std::vector<CallEntry>& all, const WantedCall& wanted);

}  // namespace vialens::app

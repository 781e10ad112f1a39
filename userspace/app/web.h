// The HTTP server of `vialens run`, and what it shows.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "userspace/board/board.h"
#include "userspace/config/config.h"
#include "userspace/evidence/call_log.h"
#include "userspace/http/server.h"
#include "userspace/mask/mask.h"
#include "userspace/metrics/metrics.h"

namespace vialens::app {

class Web {
 public:
  // Listens where the configuration says. A place that the user chose must be had, or it throws InputError; where the
  // default is not to be had it warns, and everything else goes on without it.
  // `history`: the file that is kept, "" for none.
  Web(const Config::Http& config, const Metrics& metrics, const CallLog& calls, const std::string& history);
  ~Web();  // everybody is told good-bye

  Board& board() noexcept { return board_; }
  const Board& board() const noexcept { return board_; }
  void reload(const Config::Http& config) { server_.set_credentials({config.token_sha256, config.users}); }
  void set_ready(bool ready) noexcept { ready_ = ready; }  // every side is being watched

 private:
  Board board_;
  std::atomic<bool> ready_ = false;
  Mask mask_;  // of evidence; the same names for the same people as long as this runs
  HttpServer server_;
};

}  // namespace vialens::app

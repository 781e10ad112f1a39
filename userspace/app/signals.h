// SIGINT, SIGTERM, SIGHUP and SIGWINCH as a descriptor to wait for, so that no handler interrupts the work.
#pragma once

#include <array>

#include "userspace/capture/live/handles.h"

namespace vialens::app {

class Signals {
 public:
  enum class News { none, resized, reload, stop };

  Signals();  // from here on, those signals end nothing by themselves
  int fd() const noexcept { return descriptor_.get(); }
  // What has come since the last call; the last in that order, if several. SIGHUP says that the terminal is gone, if
  // there was one, and else to reload.
  News read() const;

 private:
  bool terminal_gone() const;

  FileDescriptor descriptor_;
  std::array<bool, 2> was_terminal_{};  // stdin, stdout
};

}  // namespace vialens::app

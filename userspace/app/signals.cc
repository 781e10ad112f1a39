#include "userspace/app/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace vialens::app {

Signals::Signals() : was_terminal_{isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0} {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = FileDescriptor(live::check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "wait for signals"));
}

Signals::News Signals::read() const {
  News news = News::none;
  signalfd_siginfo info;
  while (::read(fd(), &info, sizeof(info)) == sizeof(info)) {
    const bool reload = info.ssi_signo == SIGHUP && !terminal_gone();
    news = std::max(news, info.ssi_signo == SIGWINCH ? News::resized : reload ? News::reload : News::stop);
  }
  return news;
}

// A terminal that has hung up answers no question any more, not even whether it is one.
bool Signals::terminal_gone() const {
  return (was_terminal_[0] && isatty(STDIN_FILENO) == 0) || (was_terminal_[1] && isatty(STDOUT_FILENO) == 0);
}

}  // namespace vialens::app

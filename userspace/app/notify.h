// Tells the service manager how it goes: sd_notify(3), one datagram a message. Written out, because it is these few
// lines, and libsystemd would bring its own dependencies to routers that have no systemd at all. Without a service
// manager all of it does nothing.
#pragma once

#include <chrono>
#include <string>

#include "userspace/capture/live/handles.h"

namespace vialens::app {

class Notify {
 public:
  using Clock = std::chrono::steady_clock;

  Notify();  // from NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID

  void ready(const std::string& status);
  void reloading();  // ready() says that it is over
  void stopping();
  // To be called in every turn of the loop that must not get stuck: tells the watchdog, at half of its time, and keeps
  // the status up to date.
  void alive(Clock::time_point now, const std::string& status);
  bool due(Clock::time_point now) const { return socket_ && now >= next_; }

 private:
  void send(const std::string& message) const;

  std::string path_;
  FileDescriptor socket_;
  bool watchdog_ = false;
  Clock::duration every_ = std::chrono::seconds(10);
  Clock::time_point next_{};
};

}  // namespace vialens::app

#include "userspace/app/notify.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace vialens::app {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Notify::Notify() : path_(environment("NOTIFY_SOCKET")) {
  if (path_.empty()) return;
  if ((path_[0] != '/' && path_[0] != '@') || path_.size() >= sizeof(sockaddr_un::sun_path)) {
    spdlog::warn("NOTIFY_SOCKET is no socket's path: {}; the service manager is told nothing", path_);
    return;
  }
  socket_ = FileDescriptor(live::check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a Unix socket"));
  const std::string_view pid = environment("WATCHDOG_PID");
  const std::int64_t watchdog_us = number(environment("WATCHDOG_USEC"));
  if (watchdog_us <= 0 || (!pid.empty() && number(pid) != getpid())) return;
  watchdog_ = true;
  every_ = std::min<Clock::duration>(every_, std::chrono::microseconds(watchdog_us / 2));
}

void Notify::ready(const std::string& status) { send("READY=1\nSTATUS=" + status); }

void Notify::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}{:06}\nSTATUS=reloading", now.tv_sec, now.tv_nsec / 1000));
}

void Notify::stopping() { send("STOPPING=1\nSTATUS=stopping"); }

void Notify::alive(Clock::time_point now, const std::string& status) {
  if (!due(now)) return;
  next_ = now + every_;
  send((watchdog_ ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + status);
}

// A manager that does not listen is no reason to stop: a watchdog that was not told will say so itself.
void Notify::send(const std::string& message) const {
  if (!socket_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_[0] == '@') address.sun_path[0] = '\0';  // the abstract ones, as unix(7) writes them
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  if (sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), length) < 0)
    spdlog::debug("the service manager cannot be told: {}", std::strerror(errno));
}

}  // namespace vialens::app

#include "userspace/http/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <type_traits>

namespace vialens {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // how often a wait looks whether it is over

}  // namespace

Connection::~Connection() { SSL_free(tls_); }

bool Connection::wait(short events, std::chrono::milliseconds patience) const {
  const auto until = std::min(deadline_, Clock::now() + patience);
  for (;;) {
    const auto now = Clock::now();
    if (now >= until || over_()) return false;
    pollfd waiting{fd_, events, 0};
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    const int ready = poll(&waiting, 1, static_cast<int>(std::min(rest, kLook).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

template <class Step>
ssize_t Connection::repeat(short events, Step step) {
  for (;;) {
    const ssize_t moved = step();
    if (moved > 0) return moved;
    if (tls_ != nullptr) {
      const int error = SSL_get_error(tls_, static_cast<int>(moved));
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
      events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    } else if (moved == 0 || (errno != EAGAIN && errno != EINTR)) {
      return moved;
    }
    if (!wait(events, limits_.silence)) return -1;
  }
}

bool Connection::shake_hands(SSL_CTX& context) {
  deadline_ = Clock::now() + limits_.request;
  tls_ = SSL_new(&context);
  return tls_ != nullptr && SSL_set_fd(tls_, fd_) == 1 && repeat(POLLIN, [this] { return SSL_accept(tls_); }) > 0;
}

bool Connection::await_request() {
  deadline_ = Clock::time_point::max();
  const bool held = begin_ < end_ || (tls_ != nullptr && SSL_pending(tls_) > 0);
  if (!held && !wait(POLLIN, limits_.silence)) return false;
  deadline_ = Clock::now() + limits_.request;
  left_ = limits_.request_bytes;
  return true;
}

void Connection::begin_answer(bool events) {
  events_ = events;
  deadline_ = events ? Clock::time_point::max() : Clock::now() + limits_.answer;
}

bool Connection::is_there() const {
  char next = 0;
  const ssize_t waiting = recv(fd_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return waiting > 0 || (waiting < 0 && errno == EAGAIN);
}

ssize_t Connection::read(char* to, std::size_t size) {
  if (begin_ == end_) {
    // A deadline holds for who sends all the time, too.
    if (Clock::now() >= deadline_) return fail();
    const ssize_t got = repeat(POLLIN, [this]() -> ssize_t {
      if (tls_ != nullptr) return SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()));
      return recv(fd_, buffer_.data(), buffer_.size(), 0);
    });
    failed_ = got <= 0;
    if (failed_) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  if (left_ == 0) return fail();
  const std::size_t taken = std::min({size, end_ - begin_, left_});
  std::copy_n(buffer_.data() + begin_, taken, to);
  begin_ += taken;
  left_ -= taken;
  return static_cast<ssize_t>(taken);
}

ssize_t Connection::write(const char* from, std::size_t size) {
  // Who half-closes still reads his answer; of events nobody would know when to end.
  if (Clock::now() >= deadline_ || (events_ && !is_there())) return fail();
  const ssize_t sent = repeat(POLLOUT, [=, this]() -> ssize_t {
    // OpenSSL counts by int; the library goes on with the rest.
    constexpr std::size_t kMost = 1U << 30U;
    if (tls_ != nullptr) return SSL_write(tls_, from, static_cast<int>(std::min(size, kMost)));
    return send(fd_, from, size, MSG_NOSIGNAL);
  });
  return sent > 0 ? sent : fail();
}

void Connection::say_good_bye() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
}

template <class Base>
bool BoundedServer<Base>::process_and_close_socket(socket_t fd) {
  const int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  bool done = true;
  {
    Connection connection(fd, limits_, [this] { return this->svr_sock_ == INVALID_SOCKET; });
    if constexpr (std::is_same_v<Base, httplib::SSLServer>) done = connection.shake_hands(*this->ssl_context());
    bool closed = !done;
    for (std::size_t left = this->keep_alive_max_count_; left > 0 && !closed && connection.await_request(); --left) {
      bool understood = false;
      done = this->process_request(connection, left == 1, closed, [&](const httplib::Request& request) {
        understood = true;
        connection.begin_answer(request.path == "/api/v1/events");
      });
      // Where a request was not one, or its answer did not get through, nobody knows where the next one begins.
      done = done && understood && !connection.failed();
      closed = closed || !done;
    }
    if (done) connection.say_good_bye();
  }
  shutdown(fd, SHUT_RDWR);
  close(fd);
  return done;
}

template class BoundedServer<httplib::Server>;
template class BoundedServer<httplib::SSLServer>;

}  // namespace vialens

// One connection, with an end: the library's own waits for each byte anew, so that who sends one now and then holds a
// thread for as long as he likes, and reads a line however long it is. Here a request comes whole within ten seconds
// and 32 KiB (see Limits), and its answer is taken within a minute, but for events.
#pragma once

#include <httplib.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <functional>

namespace vialens {

class Connection final : public httplib::Stream {
 public:
  struct Limits {
    std::chrono::milliseconds request{10'000};  // from the first byte of a request, or of the handshake, to its last
    std::chrono::milliseconds answer{60'000};   // to take it
    std::chrono::milliseconds silence{5'000};   // between two bytes of either, and between two requests
    std::size_t request_bytes = 32'768;
  };

  // `fd`: not blocking. `over`: it is to end. It leaves the closing to the caller.
  Connection(int fd, Limits limits, std::function<bool()> over) : fd_(fd), limits_(limits), over_(std::move(over)) {}
  ~Connection() override;

  bool shake_hands(SSL_CTX& context);      // TLS from here on; false: it failed
  bool await_request();                    // false: none came, or it is over
  void begin_answer(bool events);          // the request is here; events go on for as long as they are taken
  bool failed() const { return failed_; }  // something could not be read or written: nothing fits together any more
  void say_good_bye();

  bool is_readable() const override { return begin_ < end_ || wait(POLLIN, limits_.silence); }
  bool is_writable() const override { return wait(POLLOUT, limits_.silence); }
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}  // nobody asks
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return fd_; }

 private:
  using Clock = std::chrono::steady_clock;

  ssize_t fail() {
    failed_ = true;
    return -1;
  }
  bool is_there() const;  // has not closed its side
  bool wait(short events, std::chrono::milliseconds patience) const;
  // Does one step of TLS or of the socket until it is done, as often as it has to wait; what it moved, 0: the other end
  // closed, less: failed.
  template <class Step>
  ssize_t repeat(short events, Step step);

  int fd_;
  Limits limits_;
  std::function<bool()> over_;
  SSL* tls_ = nullptr;
  bool failed_ = false, events_ = false;
  Clock::time_point deadline_ = Clock::time_point::max();
  std::size_t left_ = 0;  // bytes that the request may still have
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0, end_ = 0;
};

// A server of the library whose connections are such. SSLServer for TLS.
template <class Base>
class BoundedServer final : public Base {
 public:
  template <class... Arguments>
  explicit BoundedServer(Connection::Limits limits, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...), limits_(limits) {}

 private:
  bool process_and_close_socket(socket_t fd) override;

  Connection::Limits limits_;
};

extern template class BoundedServer<httplib::Server>;
extern template class BoundedServer<httplib::SSLServer>;

}  // namespace vialens

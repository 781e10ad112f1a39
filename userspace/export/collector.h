// The connection to a collector: UDP, TCP or TLS. It blocks, but never beyond what `expired` allows, and each call
// ends in a defined way. One thread.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vialens {

struct CollectorOptions {
  enum class Over : std::uint8_t { udp, tcp, tls } over = Over::udp;
  std::string host;
  std::uint16_t port = 0;
  std::string ca_file;     // PEM; empty: those of the system
  bool verify_tls = true;  // the certificate, and that it is the host's

  // "udp:HOST:PORT", "tcp:[2001:db8::1]:9060", "tls:homer.example.com:9061". Throws UsageError.
  static CollectorOptions parse(std::string_view text);
};

std::string to_string(const CollectorOptions& options);  // as parsed

class Collector {
 public:
  // `expired`: whether to give up now; asked some ten times a second while something is waited for.
  // Throws InputError if the file of certificates cannot be read.
  Collector(CollectorOptions options, std::function<bool()> expired);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Resolves the name and connects; false: problem() says why.
  bool open();
  void close();
  bool is_open() const noexcept { return socket_ >= 0; }
  // Notices that the other side has closed while nothing was sent.
  void check();

  enum class Result : std::uint8_t {
    sent,     // handed to the system: whether it arrives, UDP does not tell, and TCP only by not closing
    refused,  // this packet cannot be sent, others may
    closed    // the connection is gone, and the packet was not sent as a whole
  };
  Result send(std::string_view packet);

  const std::string& problem() const noexcept { return problem_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool connect(const std::string& address);
  bool shake_hands(Clock::time_point until);
  bool wait(short events, Clock::time_point until) const;
  bool wait_for_tls(int result, Clock::time_point until);
  Result send_datagram(std::string_view packet);
  bool send_all(std::string_view bytes);
  bool fail(std::string what);  // closes; false

  CollectorOptions options_;
  std::function<bool()> expired_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  int socket_ = -1;
  std::string problem_;
};

}  // namespace vialens

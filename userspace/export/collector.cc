#include "userspace/export/collector.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "userspace/core/error.h"
#include "userspace/core/host_port.h"
#include "userspace/export/hep_packet.h"

namespace vialens {
namespace {

using Over = CollectorOptions::Over;
using namespace std::chrono_literals;

constexpr auto kPatience = 10s;  // for a connection, and for a collector that does not read
constexpr auto kSlice = 100ms;
constexpr std::string_view kNames[] = {"udp", "tcp", "tls"};

std::string error_text(int error) { return std::strerror(error); }  // NOLINT(concurrency-mt-unsafe): glibc's is safe

std::string tls_error() {
  char text[256] = "unknown";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

struct Resolved {
  std::string address;  // sockaddr
  std::string problem;
};

Resolved resolve(const std::string& host, std::uint16_t port, bool datagram) {
  addrinfo hints{};
  hints.ai_socktype = datagram ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); error != 0)
    return {"", gai_strerror(error)};
  Resolved result{{reinterpret_cast<const char*>(list->ai_addr), list->ai_addrlen}, ""};
  freeaddrinfo(list);
  return result;
}

}  // namespace

CollectorOptions CollectorOptions::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return UsageError(fmt::format("{}: {}; say udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT", text, why));
  };
  CollectorOptions options;
  const std::size_t first = text.find(':');
  const auto* const name = std::find(std::begin(kNames), std::end(kNames), text.substr(0, first));
  if (name == std::end(kNames)) throw refuse("no such transport");
  options.over = static_cast<Over>(name - std::begin(kNames));
  const auto parts = parse_host_port(first == text.npos ? "" : text.substr(first + 1));
  if (!parts || parts->host.find('/') != parts->host.npos || parts->port == 0)
    throw refuse("no host and port from 1 to 65535 (an IPv6 address needs brackets)");
  options.host = parts->host;
  options.port = parts->port;
  return options;
}

std::string to_string(const CollectorOptions& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return fmt::format("{}:{}{}{}:{}", kNames[static_cast<std::size_t>(options.over)], v6 ? "[" : "", options.host,
                     v6 ? "]" : "", options.port);
}

Collector::Collector(CollectorOptions options, std::function<bool()> expired)
    : options_(std::move(options)), expired_(std::move(expired)) {
  if (options_.over != Over::tls) return;
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) throw InputError("cannot set up TLS: " + tls_error());
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool loaded = options_.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context_.get()) == 1
                          : SSL_CTX_load_verify_locations(context_.get(), options_.ca_file.c_str(), nullptr) == 1;
  if (!loaded)
    throw InputError(fmt::format("cannot read the certificates in {}: {}; name a file of PEM certificates",
                                 options_.ca_file.empty() ? "the system's folder" : options_.ca_file, tls_error()));
  if (options_.verify_tls) SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
}

Collector::~Collector() { close(); }

void Collector::close() {
  if (tls_ && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());
  ERR_clear_error();
  tls_.reset();
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Collector::fail(std::string what) {
  problem_ = std::move(what);
  close();
  return false;
}

bool Collector::wait(short events, Clock::time_point until) const {
  while (!expired_() && Clock::now() < until) {
    pollfd descriptor{socket_, events, 0};
    if (poll(&descriptor, 1, static_cast<int>(kSlice / 1ms)) > 0) return true;
  }
  return false;
}

// A name server that does not answer must not keep the program from its end: the thread that asks it may outlive us.
bool Collector::open() {
  close();
  std::promise<Resolved> promise;
  std::future<Resolved> answer = promise.get_future();
  std::thread([promise = std::move(promise), host = options_.host, port = options_.port,
               datagram = options_.over == Over::udp]() mutable {
    promise.set_value(resolve(host, port, datagram));
  }).detach();
  const auto until = Clock::now() + 30s;
  while (answer.wait_for(kSlice) != std::future_status::ready)
    if (expired_() || Clock::now() >= until) return fail("the name is not resolved");
  const Resolved resolved = answer.get();
  if (!resolved.problem.empty()) return fail(resolved.problem);
  return connect(resolved.address);
}

bool Collector::connect(const std::string& address) {
  const auto until = Clock::now() + kPatience;
  const auto* const target = reinterpret_cast<const sockaddr*>(address.data());
  const bool datagram = options_.over == Over::udp;
  socket_ = socket(target->sa_family, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail("no socket: " + error_text(errno));
  if (::connect(socket_, target, static_cast<socklen_t>(address.size())) != 0) {
    if (errno != EINPROGRESS) return fail(error_text(errno));
    if (!wait(POLLOUT, until)) return fail("no answer");
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(error_text(error));
  }
  if (datagram) return true;
  const int yes = 1;
  const int lost = 30000;  // ms without an acknowledgement
  setsockopt(socket_, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  setsockopt(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost, sizeof lost);
  return options_.over == Over::tcp || shake_hands(until);
}

bool Collector::wait_for_tls(int result, Clock::time_point until) {
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return wait(POLLIN, until);
  if (error == SSL_ERROR_WANT_WRITE) return wait(POLLOUT, until);
  return false;
}

bool Collector::shake_hands(Clock::time_point until) {
  tls_.reset(SSL_new(context_.get()));
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1) return fail(tls_error());
  in6_addr unused{};
  const bool literal = inet_pton(AF_INET, options_.host.c_str(), &unused) == 1 ||
                       inet_pton(AF_INET6, options_.host.c_str(), &unused) == 1;
  if (literal) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), options_.host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls_.get(), options_.host.c_str());
    SSL_set1_host(tls_.get(), options_.host.c_str());
  }
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(tls_.get());
    if (result == 1) return true;
    if (wait_for_tls(result, until)) continue;
    const long verified = SSL_get_verify_result(tls_.get());
    if (verified != X509_V_OK && options_.verify_tls)
      return fail(fmt::format("its certificate is not trusted: {}", X509_verify_cert_error_string(verified)));
    return fail("no TLS: " + tls_error());
  }
}

void Collector::check() {
  if (!is_open() || options_.over == Over::udp) return;
  char bytes[512];
  for (;;) {
    const auto got = tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes) : recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) continue;  // whatever it says
    const bool open = tls_ ? SSL_get_error(tls_.get(), static_cast<int>(got)) == SSL_ERROR_WANT_READ
                           : got < 0 && (errno == EAGAIN || errno == EINTR);
    ERR_clear_error();
    if (!open) fail("it closed the connection");
    return;
  }
}

Collector::Result Collector::send(std::string_view packet) {
  if (options_.over == Over::udp) return send_datagram(packet);
  check();
  if (!is_open()) return Result::closed;
  return send_all(packet) ? Result::sent : Result::closed;
}

bool Collector::send_all(std::string_view bytes) {
  const auto until = Clock::now() + kPatience;
  while (!bytes.empty()) {
    ERR_clear_error();
    const auto wrote = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (wrote > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      continue;
    }
    const int error = errno;
    if (tls_ ? wait_for_tls(static_cast<int>(wrote), until)
             : (error == EAGAIN && wait(POLLOUT, until)) || error == EINTR)
      continue;
    const bool slow = Clock::now() >= until || (!tls_ && error == EAGAIN);
    return fail(slow ? "it does not read" : tls_ ? "TLS broke off" : error_text(error));
  }
  return true;
}

// "Connection refused" came back of an earlier datagram, and is told in place of sending this one.
Collector::Result Collector::send_datagram(std::string_view packet) {
  for (int attempt = 0;; ++attempt) {
    if (::send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL) >= 0) return Result::sent;
    const int error = errno;
    problem_ = error_text(error);
    const bool full = error == EAGAIN || error == ENOBUFS;
    if (error == EMSGSIZE || error == ECONNREFUSED || (full && attempt > 0)) return Result::refused;
    if (!full && error != EINTR) break;
    wait(POLLOUT, Clock::now() + kSlice);
  }
  close();
  return Result::closed;
}

}  // namespace vialens

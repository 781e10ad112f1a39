// The counterpart of a probe: keeps what arrives, and sends what it is told to, within bounds (protocol.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "userspace/probe/protocol.h"
#include "userspace/probe/sockets.h"
#include "userspace/probe/tls.h"

namespace vialens {

class Reflector {
 public:
  struct Options {
    std::vector<std::uint16_t> sip_ports{5060, 15060};  // UDP and TCP; the second one is that which ALGs do not know
    std::uint16_t tls_port = 5061, media_port = 16384, control_port = kControlPort;
  };
  struct Counts {
    std::uint64_t probes = 0, kept = 0, strangers = 0, sent = 0, refused = 0;  // strangers: messages of no probe
  };

  // Throws std::system_error if a port is not to be had.
  explicit Reflector(Options options);

  // What there is to do within this time.
  void work(std::chrono::milliseconds patience);
  const Counts& counts() const noexcept { return counts_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Port {
    Socket socket;
    std::uint16_t number = 0;
    enum class Kind : std::uint8_t { udp, media, tcp, tls, control } kind = Kind::udp;
  };
  // A connection over TCP or TLS to a SIP port, by which a message may have come.
  struct Stream {
    Socket socket;
    std::optional<Tls> tls{};
    bool shaken = false;  // hands, over TLS
    Endpoint from;
    std::uint16_t port = 0;
    std::string waiting;
    Clock::time_point last;
  };
  struct Kept {
    unsigned number = 0;
    std::uint16_t port = 0;
    Endpoint source;
    Address at;  // of this host
    std::string bytes;
    int stream = -1;  // its descriptor, over TCP
    unsigned answers = 0;
  };
  struct Probe {
    Socket control;
    Endpoint from;
    std::string cookie;  // "" before the greeting
    std::string waiting;
    std::deque<Kept> kept;
    std::size_t bytes = 0;  // of those
    Clock::time_point last, second;
    unsigned sent_in_second = 0;
  };

  static constexpr std::size_t kMostProbes = 64, kMostStreams = 256, kMostKept = 400, kMostBytes = 1U << 20U;
  static constexpr std::ptrdiff_t kMostOfOne = 16;  // probes, or streams, from one address
  static constexpr unsigned kMostAnswers = 12, kMostInSecond = 200;
  static constexpr std::chrono::minutes kIdle{15};

  void accept_on(Port& port);
  void keep(std::string bytes, std::uint16_t port, const Endpoint& source, const Address& at, int stream);
  void echo_media(const Port& port);
  bool read_stream(Stream& stream);  // false at its end
  bool read_control(Probe& probe);   // likewise
  std::string answer(Probe& probe, std::string_view line);
  std::string send(Probe& probe, std::string_view words);
  bool may_send(Probe& probe);
  void forget_idle();
  Probe* probe_of(const Mark& mark, const Address& source);

  Options options_;
  std::shared_ptr<SSL_CTX> tls_;
  std::vector<Port> ports_;
  std::list<Probe> probes_;
  std::list<Stream> streams_;
  Counts counts_;
};

}  // namespace vialens

// A probe's side of the conversation with the reflector (protocol.h).
#pragma once

#include <string>
#include <vector>

#include "userspace/probe/protocol.h"
#include "userspace/probe/sockets.h"

namespace vialens {

struct Arrived {
  std::uint16_t port = 0;  // of the reflector
  Endpoint source;         // as the reflector sees it
  std::string bytes;
};

class Control {
 public:
  // Throws InputError, which says what to do, where no reflector answers.
  explicit Control(const Endpoint& reflector);

  const std::string& cookie() const noexcept { return cookie_; }
  const std::vector<std::uint16_t>& sip_ports() const noexcept { return sip_ports_; }
  std::uint16_t tls_port() const noexcept { return tls_port_; }
  std::uint16_t media_port() const noexcept { return media_port_; }
  // This host as the reflector sees it.
  const Address& outside() const noexcept { return outside_; }

  // What came with this number; nothing if it has not within that time.
  std::optional<Arrived> got(unsigned number, std::chrono::milliseconds patience);
  // Whether it was sent to where that number came from. Why not is why_not().
  bool send(unsigned about, std::uint16_t port, std::string_view bytes);
  const std::string& why_not() const noexcept { return why_not_; }

 private:
  std::string ask(const std::string& line);  // throws InputError where the connection is gone

  Socket socket_;
  std::string waiting_, cookie_, why_not_;
  std::vector<std::uint16_t> sip_ports_;
  std::uint16_t tls_port_ = 0, media_port_ = 0;
  Address outside_;
};

}  // namespace vialens

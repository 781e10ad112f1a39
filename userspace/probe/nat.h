// What the NAT in between is like (RFC 4787): which port it uses, whom it lets in, and how long it remembers.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "userspace/probe/control.h"

namespace vialens {

struct NatFacts {
  bool translates = false;  // the reflector sees another address than this host has
  bool keeps_port = false;  // of the first socket
  // One port outside for one socket, whatever it speaks with (endpoint-independent, 4.1), as far as one address of the
  // reflector shows. Nothing if it cannot be told.
  std::optional<bool> one_port_for_all;
  // Packets from another port of the reflector come in by a mapping (5): filtering by the address or by nothing.
  std::optional<bool> lets_other_ports_in;
  // UDP: a mapping lives at least as long, and less than that. Nothing if it was not measured, or lives longer.
  std::optional<std::chrono::seconds> lives, dies;
};

// `longest`: how long to wait for the end of a mapping; 0: not at all. `progress` is told what is being waited for.
NatFacts look_at_nat(Control& control, const Address& reflector, std::chrono::seconds longest,
                     const std::function<void(const std::string&)>& progress);

struct MediaFacts {
  unsigned sent = 0, returned = 0;
};
// A second of RTP to the reflector's media port, and what comes back.
MediaFacts try_media(Control& control, const Address& reflector);

}  // namespace vialens

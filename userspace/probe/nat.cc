#include "userspace/probe/nat.h"

#include <fmt/format.h>

#include <thread>

namespace vialens {
namespace {

constexpr std::chrono::milliseconds kPatience{700};
unsigned number_of_nat = 1'000'000;  // beside those of talks

// Anything that has a mark; it looks like no SIP, so that no ALG looks at it. As long as the answers.
std::string ping(const std::string& cookie, unsigned number) {
  return fmt::format("probe {} {}", mark_of_probe(cookie, number), std::string(80, '.'));
}
std::string pong(const std::string& cookie, unsigned number) {
  return fmt::format("probe {}", mark_of_reflector(cookie, number));
}

struct Mapping {
  Socket socket;
  unsigned number = 0;
  Endpoint outside;
};

std::optional<Endpoint> open(Control& control, const Socket& socket, const Endpoint& to, unsigned& number) {
  for (int i = 0; i < 3; ++i) {
    number = ++number_of_nat;
    socket.send_to(ping(control.cookie(), number), to);
    if (const auto arrived = control.got(number, kPatience)) return arrived->source;
  }
  return std::nullopt;
}

// Whether what the reflector sends to this mapping from that port comes in.
bool comes_in(Control& control, const Socket& socket, unsigned number, std::uint16_t port) {
  for (int i = 0; i < 2; ++i) {
    if (!control.send(number, port, pong(control.cookie(), number))) return false;
    Endpoint from;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      const auto bytes = socket.receive(std::chrono::milliseconds(100), from);
      if (bytes && bytes->find(mark_of_reflector(control.cookie(), number)) != std::string::npos) return true;
    }
  }
  return false;
}

// Each length has a socket of its own, and all wait at once: what is measured is silence.
void measure_life(Control& control, const Endpoint& to, std::chrono::seconds longest, NatFacts& facts,
                  const std::function<void(const std::string&)>& progress) {
  std::vector<std::pair<std::chrono::seconds, Mapping>> waiting;
  for (const int seconds : {5, 10, 20, 25, 30, 35, 45, 60, 90, 120, 150, 180, 240, 300, 420, 600}) {
    if (std::chrono::seconds(seconds) > longest) break;
    Mapping mapping{Socket::udp(0, family_of(to.address)), 0, {}};
    if (open(control, mapping.socket, to, mapping.number)) waiting.emplace_back(seconds, std::move(mapping));
  }
  const auto begun = std::chrono::steady_clock::now();
  for (auto& [length, mapping] : waiting) {
    progress(fmt::format("the NAT's memory: {} s of silence", length.count()));
    while (std::chrono::steady_clock::now() < begun + length) {
      std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
          begun + length - std::chrono::steady_clock::now(), std::chrono::seconds(5)));
      control.got(0, std::chrono::milliseconds(0));  // the reflector forgets who is silent there, too
    }
    if (!comes_in(control, mapping.socket, mapping.number, to.port)) {
      facts.dies = length;
      return;
    }
    facts.lives = length;
  }
}

}  // namespace

NatFacts look_at_nat(Control& control, const Address& reflector, std::chrono::seconds longest,
                     const std::function<void(const std::string&)>& progress) {
  NatFacts facts;
  const std::uint16_t first = control.sip_ports().back();
  const Endpoint to{reflector, first};
  const Socket socket = Socket::udp(0, family_of(reflector));
  unsigned number = 0;
  progress("the NAT's mapping and filtering");
  const auto outside = open(control, socket, to, number);
  if (!outside) return facts;
  const Address own = local_address_towards(to);
  facts.translates = outside->address != own;
  facts.keeps_port = outside->port == socket.local().port;
  if (control.sip_ports().size() > 1) {
    facts.lets_other_ports_in = comes_in(control, socket, number, control.sip_ports().front());
    unsigned other = 0;
    if (const auto again = open(control, socket, {reflector, control.sip_ports().front()}, other))
      facts.one_port_for_all = again->port == outside->port;
  }
  if (longest.count() > 0) measure_life(control, to, longest, facts, progress);
  return facts;
}

MediaFacts try_media(Control& control, const Address& reflector) {
  MediaFacts facts;
  const Socket socket = Socket::udp(0, family_of(reflector));
  const unsigned number = ++number_of_nat;
  const std::string mark = mark_of_probe(control.cookie(), number);
  for (unsigned i = 0; i < 50; ++i) {
    std::string packet("\x80\x08\0\0\0\0\0\0vial", 12);
    packet[3] = static_cast<char>(i);
    packet[6] = static_cast<char>((i * 160) >> 8);
    packet[7] = static_cast<char>(i * 160);
    packet += mark + std::string(160 - mark.size(), '\xd5');
    if (socket.send_to(packet, {reflector, control.media_port()})) ++facts.sent;
    Endpoint from;
    const auto bytes = socket.receive(std::chrono::milliseconds(20), from);
    if (bytes && bytes->find(mark) != std::string::npos) ++facts.returned;
  }
  Endpoint from;
  while (facts.returned < facts.sent && socket.receive(std::chrono::milliseconds(300), from)) ++facts.returned;
  return facts;
}

}  // namespace vialens

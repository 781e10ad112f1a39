#include "userspace/probe/link.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace vialens {
namespace {

constexpr std::chrono::milliseconds kPatience[] = {std::chrono::milliseconds(500), std::chrono::milliseconds(1000),
                                                   std::chrono::milliseconds(1000)};
constexpr std::chrono::seconds kPatienceOfStreams{3};

// From the port that phones have, if it is free: some ALGs look at it.
Socket socket_for(const Endpoint& remote, Transport transport) {
  constexpr std::uint16_t kSip = 5060;
  if (transport == Transport::tcp) return Socket::connected(remote, kPatienceOfStreams);
  try {
    return Socket::udp(kSip, family_of(remote.address));
  } catch (const std::system_error&) {
    return Socket::udp(0, family_of(remote.address));
  }
}

}  // namespace

Link::Link(Control& control, const Endpoint& reflector, Transport transport, bool tls)
    : control_(control),
      transport_(transport),
      remote_(reflector),
      local_{local_address_towards(reflector), 0},
      socket_(socket_for(reflector, transport)),
      numbers_([] {
        static const auto all = std::make_shared<unsigned>(0);  // one for all links: the reflector keeps by number
        return all;
      }()) {
  local_.port = socket_.local().port;
  if (!tls) return;
  tls_.emplace(tls_client(), socket_.get(), false);
  if (!tls_->handshake(kPatienceOfStreams))
    throw std::system_error(EPROTO, std::generic_category(), "no TLS with the reflector");
}

bool Link::send(const std::string& bytes) {
  if (transport_ == Transport::udp) return socket_.send_to(bytes, remote_);
  return tls_ ? tls_->send(bytes, kPatienceOfStreams) : socket_.send(bytes);
}

std::optional<std::string> Link::read() {
  constexpr std::chrono::milliseconds kPause{100};
  if (!tls_) return socket_.read(kPause);
  if (auto bytes = tls_->read()) return bytes;  // what it has taken off the socket already
  pollfd waiting{socket_.get(), POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(kPause.count())) > 0 ? tls_->read() : std::nullopt;
}

void Link::note(Side side, const Endpoint& source, const Endpoint& destination, std::string bytes) {
  sights_.push_back({std::chrono::system_clock::now(), side, source, destination, std::move(bytes)});
}

std::optional<std::string> Link::out(const std::string& bytes, unsigned number) {
  ++sent_;
  const std::size_t tries = transport_ == Transport::udp ? std::size(kPatience) : 1;
  for (std::size_t i = 0; i < tries; ++i) {
    note(Side::lan, local_, remote_, bytes);
    if (!send(bytes)) break;
    auto arrived = control_.got(number, transport_ == Transport::udp ? kPatience[i] : kPatienceOfStreams);
    if (!arrived) continue;
    outside_ = arrived->source;
    // The reflector's clock is another one: when it came, it had been sent just before.
    note(Side::wan, arrived->source, remote_, arrived->bytes);
    return std::move(arrived->bytes);
  }
  ++lost_;
  lost_ones_.push_back("to the reflector: " + bytes.substr(0, bytes.find_first_of("\r\n")));
  return std::nullopt;
}

std::optional<std::string> Link::in(const std::string& bytes, unsigned about, unsigned number) {
  if (!outside_) return std::nullopt;
  ++sent_;
  const std::size_t tries = transport_ == Transport::udp ? std::size(kPatience) : 1;
  for (std::size_t i = 0; i < tries; ++i) {
    note(Side::wan, remote_, *outside_, bytes);
    if (!control_.send(about, remote_.port, bytes)) {
      sights_.pop_back();
      --sent_;
      return std::nullopt;
    }
    if (auto arrived = wait_for(number)) {
      note(Side::lan, remote_, local_, *arrived);
      return arrived;
    }
  }
  ++lost_;
  lost_ones_.push_back("from the reflector: " + bytes.substr(0, bytes.find_first_of("\r\n")));
  return std::nullopt;
}

std::optional<std::string> Link::wait_for(unsigned number) {
  const std::string mark = mark_of_reflector(cookie(), number);
  const auto end =
      std::chrono::steady_clock::now() + (transport_ == Transport::udp ? std::chrono::seconds(1) : kPatienceOfStreams);
  while (std::chrono::steady_clock::now() < end) {
    if (transport_ == Transport::udp) {
      Endpoint from;
      auto bytes = socket_.receive(std::chrono::milliseconds(100), from);
      if (bytes && bytes->find(mark) != std::string::npos) return bytes;
      continue;
    }
    const auto bytes = read();
    if (bytes && bytes->empty()) return std::nullopt;
    if (bytes) waiting_ += *bytes;
    // One message at a time is under way, so that what is there when it pauses is that.
    else if (waiting_.find(mark) != std::string::npos)
      return std::exchange(waiting_, {});
  }
  return std::nullopt;
}

}  // namespace vialens

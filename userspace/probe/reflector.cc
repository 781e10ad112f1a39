#include "userspace/probe/reflector.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "userspace/core/base64.h"
#include "userspace/core/words.h"
#include "userspace/sip/message.h"

namespace vialens {
namespace {

constexpr std::chrono::milliseconds kPause{300};     // of a stream, behind which a message is over
constexpr std::chrono::milliseconds kPatience{100};  // with whoever does not read: the others wait meanwhile

std::string new_cookie() {
  unsigned char random[16];
  if (RAND_bytes(random, sizeof random) != 1) throw std::runtime_error("the system has no random numbers");
  std::string text;
  for (const unsigned char byte : random) text += fmt::format("{:02x}", byte);
  return text;
}

// A message over TCP ends where its Content-Length says. Where there is none, or an ALG has broken it, it is what comes
// until the stream pauses.
bool is_whole(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == bytes.npos) return false;
  sip::Message message;
  sip::Message::parse(bytes, message);
  const auto length = number_of<std::size_t>(message.first(sip::HeaderName::content_length));
  return length && bytes.size() >= head + 4 + *length;
}

}  // namespace

Reflector::Reflector(Options options) : options_(std::move(options)), tls_(tls_server()) {
  bool any = false;
  for (const int family : {AF_INET6, AF_INET}) try {
      for (const std::uint16_t port : options_.sip_ports) {
        ports_.push_back({Socket::udp(port, family), port, Port::Kind::udp});
        ports_.push_back({Socket::listening(port, family), port, Port::Kind::tcp});
      }
      ports_.push_back({Socket::listening(options_.tls_port, family), options_.tls_port, Port::Kind::tls});
      ports_.push_back({Socket::udp(options_.media_port, family), options_.media_port, Port::Kind::media});
      ports_.push_back({Socket::listening(options_.control_port, family), options_.control_port, Port::Kind::control});
      any = true;
    } catch (const std::system_error& error) {
      // A host without IPv6 serves the other one.
      if (family == AF_INET && !any) throw;
      if (error.code().value() != EAFNOSUPPORT && error.code().value() != EADDRNOTAVAIL) throw;
    }
}

void Reflector::work(std::chrono::milliseconds patience) {
  std::vector<pollfd> waiting;
  for (const Port& port : ports_) waiting.push_back({port.socket.get(), POLLIN, 0});
  for (const Probe& probe : probes_) waiting.push_back({probe.control.get(), POLLIN, 0});
  for (const Stream& stream : streams_) waiting.push_back({stream.socket.get(), POLLIN, 0});
  if (poll(waiting.data(), waiting.size(), static_cast<int>(patience.count())) > 0) {
    const auto ready = [&](const Socket& socket) {
      return std::any_of(waiting.begin(), waiting.end(),
                         [&](const pollfd& one) { return one.fd == socket.get() && one.revents != 0; });
    };
    std::erase_if(streams_, [&](Stream& stream) { return ready(stream.socket) && !read_stream(stream); });
    std::erase_if(probes_, [&](Probe& probe) { return ready(probe.control) && !read_control(probe); });
    for (Port& port : ports_) {
      if (!ready(port.socket)) continue;
      if (port.kind == Port::Kind::tcp || port.kind == Port::Kind::tls || port.kind == Port::Kind::control) {
        accept_on(port);
      } else if (port.kind == Port::Kind::media) {
        echo_media(port);
      } else {
        Endpoint from;
        Address at;
        for (int i = 0; i < 64; ++i) {
          auto bytes = port.socket.receive(std::chrono::milliseconds(0), from, &at);
          if (!bytes) break;
          keep(std::move(*bytes), port.number, from, at, -1);
        }
      }
    }
  }
  forget_idle();
}

void Reflector::accept_on(Port& port) {
  Endpoint from;
  const auto of_same = [&](const auto& all) {
    return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.from.address == from.address; });
  };
  while (auto socket = port.socket.accept(from)) {
    if (port.kind == Port::Kind::control) {
      if (probes_.size() >= kMostProbes || of_same(probes_) >= kMostOfOne) continue;
      Probe& probe = probes_.emplace_back();
      probe.control = std::move(*socket);
      probe.from = from;
      probe.last = Clock::now();
    } else {
      if (streams_.size() >= kMostStreams || of_same(streams_) >= kMostOfOne) continue;
      Stream& stream = streams_.emplace_back();
      stream.socket = std::move(*socket);
      stream.from = from;
      stream.port = port.number;
      stream.last = Clock::now();
      if (port.kind == Port::Kind::tls) stream.tls.emplace(tls_, stream.socket.get(), true);
    }
  }
}

Reflector::Probe* Reflector::probe_of(const Mark& mark, const Address& source) {
  for (Probe& probe : probes_)
    if (probe.cookie == mark.cookie && probe.from.address == source) return &probe;
  return nullptr;
}

void Reflector::keep(std::string bytes, std::uint16_t port, const Endpoint& source, const Address& at, int stream) {
  const auto mark = find_mark(bytes, "vl-");
  Probe* const probe = mark ? probe_of(*mark, source.address) : nullptr;
  if (probe == nullptr) {
    ++counts_.strangers;
    return;
  }
  ++counts_.kept;
  while (!probe->kept.empty() && (probe->kept.size() >= kMostKept || probe->bytes + bytes.size() > kMostBytes)) {
    probe->bytes -= probe->kept.front().bytes.size();
    probe->kept.pop_front();
  }
  probe->bytes += bytes.size();
  probe->kept.push_back({mark->number, port, source, at, std::move(bytes), stream});
}

// As many bytes as came, to whence they came: a probe's RTP has its mark behind the header.
void Reflector::echo_media(const Port& port) {
  Endpoint from;
  Address at;
  for (int i = 0; i < 64; ++i) {
    const auto bytes = port.socket.receive(std::chrono::milliseconds(0), from, &at);
    if (!bytes) return;
    const auto mark = find_mark(*bytes, "vl-");
    Probe* const probe = mark ? probe_of(*mark, from.address) : nullptr;
    if (probe == nullptr || !may_send(*probe)) {
      ++(probe == nullptr ? counts_.strangers : counts_.refused);
      continue;
    }
    port.socket.send_to(*bytes, from, &at);
    ++counts_.sent;
  }
}

bool Reflector::read_stream(Stream& stream) {
  if (stream.tls && !stream.shaken) {
    const Tls::Result result = stream.tls->handshake();
    stream.shaken = result == Tls::Result::done;
    if (!stream.shaken) return result == Tls::Result::waits;
  }
  const auto bytes = stream.tls ? stream.tls->read() : stream.socket.read(std::chrono::milliseconds(0));
  if (!bytes) return true;
  if (bytes->empty()) return false;
  stream.last = Clock::now();
  stream.waiting += *bytes;
  if (stream.waiting.size() > kMostBytes / 4) return false;
  if (is_whole(stream.waiting))
    keep(std::exchange(stream.waiting, {}), stream.port, stream.from, {}, stream.socket.get());
  return true;
}

bool Reflector::read_control(Probe& probe) {
  const auto bytes = probe.control.read(std::chrono::milliseconds(0));
  if (!bytes) return true;
  if (bytes->empty()) return false;
  probe.last = Clock::now();
  probe.waiting += *bytes;
  for (std::size_t end = probe.waiting.find('\n'); end != std::string::npos; end = probe.waiting.find('\n')) {
    const std::string answered = answer(probe, std::string_view(probe.waiting).substr(0, end)) + '\n';
    if (probe.cookie.empty() || !probe.control.send(answered, kPatience)) return false;
    probe.waiting.erase(0, end + 1);
  }
  return probe.waiting.size() <= kLongestLine;
}

std::string Reflector::answer(Probe& probe, std::string_view line) {
  if (line == kGreeting) {
    if (probe.cookie.empty()) ++counts_.probes, probe.cookie = new_cookie();
    const std::string ports = fmt::format("{}", fmt::join(options_.sip_ports, ","));
    return fmt::format("ok {} {} {} {} {}", probe.cookie, ports, options_.tls_port, options_.media_port,
                       to_string(probe.from));
  }
  const std::string_view verb = take_word(line);
  if (verb == "send") return send(probe, line);
  const auto number = number_of<unsigned>(line);
  if (verb != "got" || !number) return "no such question";
  const auto kept =
      std::find_if(probe.kept.rbegin(), probe.kept.rend(), [&](const Kept& one) { return one.number == *number; });
  if (kept == probe.kept.rend()) return "none";
  return fmt::format("got {} {} {}", kept->port, to_string(kept->source), base64(kept->bytes));
}

bool Reflector::may_send(Probe& probe) {
  const auto now = Clock::now();
  if (now - probe.second > std::chrono::seconds(1)) probe.second = now, probe.sent_in_second = 0;
  return ++probe.sent_in_second <= kMostInSecond;
}

std::string Reflector::send(Probe& probe, std::string_view words) {
  const auto number = number_of<unsigned>(take_word(words));
  const auto port = number_of<std::uint16_t>(take_word(words));
  const auto bytes = from_base64(words, kLongestLine);
  const auto refuse = [&](std::string_view why) {
    ++counts_.refused;
    return fmt::format("no {}", why);
  };
  if (!number || !port || !bytes) return refuse("number, port or bytes");
  const auto kept =
      std::find_if(probe.kept.rbegin(), probe.kept.rend(), [&](const Kept& one) { return one.number == *number; });
  if (kept == probe.kept.rend()) return refuse("message with that number has come");
  if (bytes->size() > kept->bytes.size()) return refuse("more bytes than came");
  if (++kept->answers > kMostAnswers || !may_send(probe)) return refuse("more at this rate");
  bool sent = false;
  if (kept->stream >= 0) {
    for (Stream& stream : streams_)
      if (stream.socket.get() == kept->stream && stream.from == kept->source)
        sent = stream.tls ? stream.tls->send(*bytes, kPatience) : stream.socket.send(*bytes, kPatience);
  } else {
    for (const Port& one : ports_)
      if (one.kind == Port::Kind::udp && one.number == *port &&
          family_of(one.socket.local().address) == family_of(kept->source.address))
        sent = one.socket.send_to(*bytes, kept->source, &kept->at);
  }
  if (!sent) return refuse("such port, or it is gone");
  ++counts_.sent;
  return "sent";
}

void Reflector::forget_idle() {
  const auto now = Clock::now();
  std::erase_if(probes_, [&](const Probe& probe) {
    return now - probe.last > (probe.cookie.empty() ? std::chrono::minutes(1) : kIdle);
  });
  for (Stream& stream : streams_)
    if (!stream.waiting.empty() && now - stream.last > kPause)
      keep(std::exchange(stream.waiting, {}), stream.port, stream.from, {}, stream.socket.get());
  std::erase_if(streams_, [&](const Stream& stream) { return now - stream.last > std::chrono::minutes(2); });
}

}  // namespace vialens

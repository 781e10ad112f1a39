#include "userspace/probe/control.h"

#include <fmt/format.h>

#include <sstream>
#include <system_error>
#include <thread>

#include "userspace/core/base64.h"
#include "userspace/core/error.h"
#include "userspace/core/host_port.h"
#include "userspace/core/words.h"

namespace vialens {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kPause{40};  // between two questions for the same

Socket connect_to(const Endpoint& reflector) try {
  return Socket::connected(reflector, kPatience);
} catch (const std::system_error& error) {
  throw InputError(
      fmt::format("{}; does `vialens reflector` run there, and is TCP port {} open?", error.what(), reflector.port));
}

}  // namespace

Control::Control(const Endpoint& reflector) : socket_(connect_to(reflector)) {
  std::istringstream words(ask(std::string(kGreeting)));
  std::string ok, sip, tls, media, outside;
  words >> ok >> cookie_ >> sip >> tls >> media >> outside;
  std::istringstream ports(sip);
  for (std::string port; std::getline(ports, port, ',');)
    sip_ports_.push_back(number_of<std::uint16_t>(port).value_or(0));
  tls_port_ = number_of<std::uint16_t>(tls).value_or(0);
  media_port_ = number_of<std::uint16_t>(media).value_or(0);
  const auto end = parse_endpoint(outside);
  if (ok != "ok" || cookie_.size() != 32 || sip_ports_.empty() || !end)
    throw InputError(fmt::format("what answers at {} is no vialens reflector of this version", to_string(reflector)));
  outside_ = end->address;
}

std::string Control::ask(const std::string& line) {
  const bool sent = socket_.send(line + '\n');
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (sent && std::chrono::steady_clock::now() < end) {
    if (const std::size_t at = waiting_.find('\n'); at != std::string::npos) {
      std::string answer = waiting_.substr(0, at);
      waiting_.erase(0, at + 1);
      return answer;
    }
    const auto bytes = socket_.read(std::chrono::milliseconds(200));
    if (bytes && bytes->empty()) break;
    if (bytes) waiting_ += *bytes;
    if (waiting_.size() > kLongestLine) break;
  }
  throw InputError("the reflector no longer answers; try again");
}

std::optional<Arrived> Control::got(unsigned number, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  do {
    std::istringstream words(ask(fmt::format("got {}", number)));
    std::string got, source, encoded;
    unsigned port = 0;
    words >> got >> port >> source >> encoded;
    const auto from = parse_endpoint(source);
    auto bytes = from_base64(encoded, kLongestLine);
    if (got == "got" && from && bytes) return Arrived{static_cast<std::uint16_t>(port), *from, std::move(*bytes)};
    std::this_thread::sleep_for(kPause);
  } while (std::chrono::steady_clock::now() < end);
  return std::nullopt;
}

bool Control::send(unsigned about, std::uint16_t port, std::string_view bytes) {
  why_not_ = ask(fmt::format("send {} {} {}", about, port, base64(bytes)));
  return why_not_ == "sent";
}

}  // namespace vialens

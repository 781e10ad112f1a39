#include "userspace/crossing/translation.h"

#include <algorithm>
#include <charconv>

#include "userspace/core/literals.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr std::uint16_t kSipPort = 5060;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// 0 for what is none.
int port_of(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc{} ? port : 0;
}

// A port behind an address, if there is one; 0 for none.
int take_port(std::string_view& text) noexcept {
  std::string_view rest = text;
  if (rest.starts_with(']')) rest.remove_prefix(1);
  if (!rest.starts_with(':')) return 0;
  rest.remove_prefix(1);
  const int port = port_of(take_digits(rest));
  if (port != 0) text = rest;
  return port;
}

// The same but for the port of the NAT (";rport=5060").
bool same_but_for_ports(std::string_view before, std::string_view after, const Endpoint& from, const Endpoint& to) {
  while (!before.empty() && !after.empty()) {
    if (is_digit(before.front()) && is_digit(after.front())) {
      const std::string_view was = take_digits(before);
      const std::string_view is = take_digits(after);
      if (was != is && (port_of(was) != from.port || port_of(is) != to.port)) return false;
    } else if (before.front() != after.front()) {
      return false;
    } else {
      before.remove_prefix(1);
      after.remove_prefix(1);
    }
  }
  return before.empty() && after.empty();
}

// Which port a message goes to that is sent there: one that is not written is 5060. Names and descriptions of media are
// not sent to.
bool is_sent_to(Field field) noexcept {
  return field == Field::via || field == Field::via_params || field == Field::contact || field == Field::request_uri ||
         field == Field::route || field == Field::refer;
}

bool same_but_for_addresses(const Change& change, const Endpoint& from, const Endpoint& to) {
  std::string_view before = change.before;
  std::string_view after = change.after;
  Literals were(before);
  Literals are(after);
  for (;;) {
    const auto was = were.next();
    const auto is = are.next();
    if (was.has_value() != is.has_value()) return false;
    if (!was) return same_but_for_ports(before, after, from, to);
    const auto upto = [](std::string_view& text, const Literal& literal) {
      const auto length = static_cast<std::size_t>(literal.text.data() - text.data());
      const std::string_view gap = text.substr(0, length);
      text.remove_prefix(length + literal.text.size());
      return gap;
    };
    if (!same_but_for_ports(upto(before, *was), upto(after, *is), from, to)) return false;
    const int port = take_port(before);
    const int port_now = take_port(after);
    if (was->address == is->address) {
      if (port != port_now) return false;
      continue;
    }
    if (was->address != from.address || is->address != to.address) return false;
    if (port == 0 && port_now == 0 && !is_sent_to(change.field)) continue;
    if ((port == 0 ? kSipPort : port) != from.port || (port_now == 0 ? kSipPort : port_now) != to.port) return false;
  }
}

bool other_media_port_only(const Change& change) noexcept {
  const auto rest_of = [](std::string_view line) {  // "audio 4000 RTP/AVP 0": what is around the port
    const std::size_t kind = line.find(' ');
    const std::size_t port_end = kind == line.npos ? line.npos : line.find(' ', kind + 1);
    if (port_end == line.npos) return std::pair<std::string_view, std::string_view>{line, {}};
    return std::pair{line.substr(0, kind), line.substr(port_end)};
  };
  const auto is_off = [](std::string_view line) { return line.find(" 0 ") < line.find('/'); };
  return rest_of(change.before) == rest_of(change.after) && !is_off(change.before) && !is_off(change.after);
}

}  // namespace

bool is_translation(const Change& change, const Crossing& crossing) noexcept {
  switch (change.field) {
    case Field::sdp_media_port:  // what a NAT maps gets the NAT's address with its port
      return !crossing.proxied && other_media_port_only(change) &&
             std::any_of(crossing.changes.begin(), crossing.changes.end(), [&](const Change& other) {
               return other.field == Field::sdp_connection && is_translation(other, crossing);
             });
    case Field::via:
    case Field::via_params:
    case Field::contact:
    case Field::request_uri:
    case Field::from:
    case Field::to:
    case Field::call_id:
    case Field::route:
    case Field::refer:
    case Field::identity:
    case Field::text:
    case Field::sdp_origin:
    case Field::sdp_connection:
    case Field::sdp_attribute:
      break;
    default:
      return false;
  }
  if (crossing.proxied || !crossing.translated() || change.before.empty() || change.after.empty()) return false;
  const Endpoint& inside = crossing.inside();
  const Endpoint& outside = crossing.outside();
  return crossing.out() ? same_but_for_addresses(change, inside, outside)
                        : same_but_for_addresses(change, outside, inside);
}

}  // namespace vialens

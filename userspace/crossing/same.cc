#include "userspace/crossing/same.h"

#include <charconv>
#include <system_error>

#include "userspace/core/address.h"

namespace vialens {
namespace {

// Takes one character off the front; "%41" is an "A" (RFC 3261 19.1.4). -1 at the end.
int take_unescaped(std::string_view& text) noexcept {
  if (text.empty()) return -1;
  auto byte = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (byte == '%' && text.size() >= 3) {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (error == std::errc{} && end == text.data() + 3)
      length = 3;
    else
      byte = '%';
  }
  text.remove_prefix(length);
  return byte;
}

bool same_user(std::string_view a, std::string_view b) noexcept {
  if (a == b) return true;
  for (;;) {
    const int x = take_unescaped(a);
    if (x != take_unescaped(b)) return false;
    if (x < 0) return true;
  }
}

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool separates(char c) noexcept { return c == ',' || c == ';' || c == '='; }

// One character of the text as it is compared: white space around separators is left out, other runs are one space.
// 0 at the end.
char take_squeezed(std::string_view& text, char before) noexcept {
  std::size_t i = 0;
  while (i < text.size() && is_space(text[i])) ++i;
  const bool spaced = i > 0 && before != 0 && !separates(before);
  text.remove_prefix(i);
  if (text.empty()) return 0;
  if (spaced && !separates(text.front())) return ' ';
  const char c = text.front();
  text.remove_prefix(1);
  return c;
}

// A quoted string without its quotes.
std::string_view inside_quotes(std::string_view text) noexcept {
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"') ? text.substr(1, text.size() - 2)
                                                                          : std::string_view{};
}

char take_unquoted(std::string_view& text, bool quoted) noexcept {
  if (quoted && text.size() > 1 && text.front() == '\\') text.remove_prefix(1);
  const char c = text.front();
  text.remove_prefix(1);
  return c;
}

bool same_param_value(const sip::Param& a, std::string_view b) noexcept {
  return sip::equal_ignoring_case(a.name, "lr") || a.value == b ||
         (sip::equal_ignoring_case(a.name, "received") && same_host(a.value, b));
}

}  // namespace

bool same_host(std::string_view a, std::string_view b) noexcept {
  if (sip::equal_ignoring_case(a, b)) return true;
  const auto x = Address::parse(a);
  return x && x == Address::parse(b);
}

bool same_place(const sip::HostPort& a, const sip::HostPort& b, std::uint16_t default_port) noexcept {
  // Without its brackets an IPv6 literal is none here (RFC 5118 4.5).
  return a.host.starts_with('[') == b.host.starts_with('[') && same_host(a.host, b.host) &&
         a.port.value_or(default_port) == b.port.value_or(default_port);
}

std::uint16_t default_port_of(std::string_view transport) noexcept {
  return sip::equal_ignoring_case(transport, "TLS") ? 5061 : 5060;  // RFC 3261 18.1.1, 19.1.2
}

std::uint16_t default_port_of(const sip::Uri& uri) noexcept {
  return sip::equal_ignoring_case(uri.scheme, "sips") ? 5061
                                                      : default_port_of(uri.params.find("transport").value_or(""));
}

bool same_target(const sip::Uri& a, const sip::Uri& b) noexcept {
  return sip::equal_ignoring_case(a.scheme, b.scheme) && same_user(a.user, b.user) &&
         same_place(a.host_port, b.host_port, default_port_of(a));
}

bool same_params(const sip::Params& a, const sip::Params& b, std::string_view but) noexcept {
  if (a.text == b.text) return true;
  const std::size_t without_a = !but.empty() && a.has(but) ? 1 : 0;
  const std::size_t without_b = !but.empty() && b.has(but) ? 1 : 0;
  if (a.count() - without_a != b.count() - without_b) return false;
  std::string_view rest = a.text;
  while (const auto param = sip::Params::take(rest)) {
    if (!but.empty() && sip::equal_ignoring_case(param->name, but)) continue;
    const auto other = b.find(param->name);
    if (!other || !same_param_value(*param, *other)) return false;
  }
  return true;
}

bool same_name_addr(const sip::NameAddr& a, const sip::NameAddr& b) noexcept {
  const bool same_uri =
      a.uri.text == b.uri.text ||
      (same_target(a.uri, b.uri) && same_params(a.uri.params, b.uri.params) && a.uri.headers == b.uri.headers);
  return same_uri && same_display(a.display, b.display) && same_params(a.params, b.params);
}

bool same_display(std::string_view a, std::string_view b) noexcept {
  if (same_text(a, b)) return true;
  std::string_view x = inside_quotes(a);
  std::string_view y = inside_quotes(b);
  const bool a_is_quoted = x.data() != nullptr;
  const bool b_is_quoted = y.data() != nullptr;
  if (!a_is_quoted) x = a;
  if (!b_is_quoted) y = b;
  while (!x.empty() && !y.empty())
    if (take_unquoted(x, a_is_quoted) != take_unquoted(y, b_is_quoted)) return false;
  return x.empty() && y.empty();
}

bool same_text(std::string_view a, std::string_view b) noexcept {
  if (a == b) return true;
  char before = 0;
  for (;;) {
    const char x = take_squeezed(a, before);
    if (x != take_squeezed(b, before)) return false;
    if (x == 0) return true;
    before = x;
  }
}

}  // namespace vialens

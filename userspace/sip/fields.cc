#include "userspace/sip/fields.h"

#include <algorithm>

#include "userspace/sip/text.h"

namespace vialens::sip {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Takes one `;name=value` off the front of `rest`; nothing if it does not begin with ';'.
std::optional<Param> take_param(std::string_view& rest) noexcept {
  if (rest.empty() || rest.front() != ';') return std::nullopt;
  rest.remove_prefix(1);
  std::size_t len = 0;
  while (len < rest.size() && rest[len] != ';' && rest[len] != '=') ++len;
  Param param;
  param.name = text::trim(text::head(rest, len));
  param.value = text::tail(param.name, param.name.size());
  const bool has_value = len < rest.size() && rest[len] == '=';
  rest.remove_prefix(len);
  if (!has_value) return param;

  rest = text::trim_left(text::tail(rest, 1));
  const bool quoted = !rest.empty() && rest.front() == '"';
  const std::size_t value_len = quoted ? text::quoted_length(rest).value_or(rest.size()) : 0;
  const std::size_t end = std::min(rest.find(';', value_len), rest.size());
  param.value = quoted ? text::head(rest, value_len) : text::trim(text::head(rest, end));
  rest.remove_prefix(end);
  return param;
}

// "[...]" with an optional port behind it.
std::optional<HostPort> parse_bracketed(std::string_view text, std::string_view whole) noexcept {
  const std::size_t close = text.find(']');
  if (close == kNone || close < 3) return std::nullopt;
  for (const char c : std::string_view(text.data() + 1, close - 1)) {
    if (!text::is(text::kHex, c) && c != ':' && c != '.') return std::nullopt;
  }
  HostPort result{whole, text::head(text, close + 1), std::nullopt};
  std::string_view rest = text::tail(text, close + 1);
  if (rest.empty()) return result;
  if (!text::take_separator(rest, ':')) return std::nullopt;
  const auto port = text::parse_number(rest, 65535);
  if (!port) return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

// Several colons and no brackets: an address as it stands in ;received=, never one with a port.
std::optional<HostPort> parse_bare_ipv6(std::string_view text) noexcept {
  for (const char c : text) {
    if (!text::is(text::kHex, c) && c != ':' && c != '.') return std::nullopt;
  }
  return HostPort{text, text, std::nullopt};
}

// What follows "sip:". A user may contain ';', '?' and ',' but no '@' (RFC 3261 25.1), hence the first '@' decides.
bool parse_sip_part(std::string_view rest, Uri& uri) noexcept {
  if (const std::size_t at = rest.find('@'); at != kNone) {
    const std::string_view userinfo = text::head(rest, at);
    uri.user = text::head(userinfo, std::min(userinfo.find(':'), userinfo.size()));
    rest.remove_prefix(at + 1);
  }
  if (const std::size_t question = rest.find('?'); question != kNone) {
    uri.headers = text::tail(rest, question + 1);
    rest = text::head(rest, question);
  }
  if (const std::size_t semicolon = rest.find(';'); semicolon != kNone) {
    uri.params.text = text::tail(rest, semicolon);
    rest = text::head(rest, semicolon);
  }
  const auto host_port = parse_host_port(rest);
  if (!host_port) return false;
  uri.host_port = *host_port;
  return true;
}

void parse_tel_part(std::string_view rest, Uri& uri) noexcept {
  const std::size_t semicolon = std::min(rest.find(';'), rest.size());
  uri.user = text::head(rest, semicolon);
  uri.params.text = text::tail(rest, semicolon);
}

bool is_scheme(std::string_view text) noexcept {
  if (text.empty() || text::lower(text.front()) < 'a' || text::lower(text.front()) > 'z') return false;
  for (const char c : text) {
    if (!text::is(text::kHost, c) && c != '+') return false;
  }
  return true;
}

// The '<' that ends the display name, or npos for the form without one; nothing if the display name is a quoted string
// without end. A ';' outside of quotes comes only behind the URI. A quote that neither begins the value nor ends is
// taken as it stands, and once there was one so are all: trying each anew would be quadratic.
std::optional<std::size_t> find_bracket(std::string_view value) noexcept {
  bool quotes = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!text::is(text::kDelimiter, value[i])) continue;
    if (value[i] == '<') return i;
    if (value[i] == ';') return kNone;
    if (value[i] != '"' || !quotes) continue;
    const auto quoted = text::quoted_length(text::tail(value, i));
    if (!quoted && i == 0) return std::nullopt;
    quotes = quoted.has_value();
    i += quoted.value_or(1) - 1;
  }
  return kNone;
}

// The length of the first of the values that commas separate. What does not end, quotes or brackets, goes to the end.
std::size_t value_length(std::string_view list) noexcept {
  std::size_t len = 0;
  for (; len < list.size(); ++len) {
    if (!text::is(text::kDelimiter, list[len])) continue;
    if (list[len] == ',') return len;
    if (list[len] == '"') {
      len += text::quoted_length(text::tail(list, len)).value_or(list.size() - len) - 1;
    } else if (list[len] == '<') {
      len = std::min(list.find('>', len), list.size() - 1);
    }
  }
  return len;
}

// display-name = *(token LWS) / quoted-string
bool is_display_name(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (text.front() == '"') return text::quoted_length(text) == text.size();
  for (const char c : text) {
    if (!text::is(text::kToken, c) && !text::is(text::kSpace, c)) return false;
  }
  return true;
}

// [display] <uri>;params
std::optional<NameAddr> parse_bracketed_addr(std::string_view value, std::size_t open) noexcept {
  const std::size_t close = value.find('>', open);
  if (close == kNone) return std::nullopt;
  const std::string_view inside(value.data() + open + 1, close - open - 1);
  const auto uri = parse_uri(inside);
  if (!uri) return std::nullopt;
  NameAddr result;
  result.text = value;
  result.display = text::trim(text::head(value, open));
  result.uri = *uri;
  result.params.text = text::trim_left(text::tail(value, close + 1));
  if (!result.params.text.empty() && result.params.text.front() != ';') return std::nullopt;
  result.loose = uri->loose || uri->text.size() != inside.size() || !is_display_name(result.display);
  return result;
}

}  // namespace

std::optional<Param> Params::take(std::string_view& rest) noexcept { return take_param(rest); }

std::size_t Params::count() const noexcept {
  std::size_t count = 0;
  std::string_view rest = text;
  while (take_param(rest)) ++count;
  return count;
}

bool Params::has(std::string_view name) const noexcept { return find(name).has_value(); }

bool Params::has_empty() const noexcept {
  std::string_view rest = text;
  while (const auto param = take_param(rest)) {
    if (param->name.empty()) return true;
  }
  return false;
}

std::optional<std::string_view> Params::find(std::string_view name) const noexcept {
  std::string_view rest = text;
  while (const auto param = take_param(rest)) {
    if (text::same(param->name, name)) return param->value;
  }
  return std::nullopt;
}

std::optional<HostPort> parse_host_port(std::string_view text) noexcept {
  text = text::trim(text);
  if (text.empty()) return std::nullopt;
  if (text.front() == '[') return parse_bracketed(text, text);
  const std::size_t colon = text.find(':');
  if (colon != kNone && text.find(':', colon + 1) != kNone) return parse_bare_ipv6(text);

  HostPort result{text, text, std::nullopt};
  if (colon != kNone) {
    result.host = text::trim(text::head(text, colon));
    const auto port = text::parse_number(text::trim(text::tail(text, colon + 1)), 65535);
    if (!port) return std::nullopt;
    result.port = static_cast<std::uint16_t>(*port);
  }
  if (result.host.empty() || !text::all(text::kHost, result.host)) return std::nullopt;
  return result;
}

// sent-protocol LWS sent-by *(SEMI via-params), where "SIP / 2.0 / UDP" may have space around its slashes.
std::optional<Via> parse_via(std::string_view value) noexcept {
  Via via;
  via.text = text::trim(value);
  std::string_view rest = via.text;
  if (text::take_token(rest).empty() || !text::take_separator(rest, '/')) return std::nullopt;
  if (text::take_token(rest).empty() || !text::take_separator(rest, '/')) return std::nullopt;
  via.transport = text::take_token(rest);
  if (via.transport.empty() || rest.empty() || !text::is(text::kSpace, rest.front())) return std::nullopt;
  const std::size_t semicolon = std::min(rest.find(';'), rest.size());
  const auto sent_by = parse_host_port(text::head(rest, semicolon));
  if (!sent_by) return std::nullopt;
  via.sent_by = *sent_by;
  via.params.text = text::tail(rest, semicolon);
  return via;
}

std::optional<Uri> parse_uri(std::string_view text) noexcept {
  Uri uri;
  uri.text = text::trim(text);
  if (uri.text.size() > 2 && uri.text.front() == '<' && uri.text.back() == '>') {
    uri.text = text::trim(text::head(text::tail(uri.text, 1), uri.text.size() - 2));
    uri.loose = true;  // RFC 4475 3.1.2.7
  }
  const std::size_t colon = uri.text.find(':');
  if (colon == kNone || colon + 1 == uri.text.size()) return std::nullopt;
  uri.scheme = text::head(uri.text, colon);
  if (!is_scheme(uri.scheme)) return std::nullopt;
  uri.loose = uri.loose || !text::all(text::kUri, uri.text);

  const std::string_view rest = text::tail(uri.text, colon + 1);
  if (text::same(uri.scheme, "sip") || text::same(uri.scheme, "sips")) {
    if (!parse_sip_part(rest, uri)) return std::nullopt;
  } else if (text::same(uri.scheme, "tel")) {
    parse_tel_part(rest, uri);
  }
  return uri;
}

std::optional<NameAddr> parse_name_addr(std::string_view value) noexcept {
  value = text::trim(value);
  const auto bracket = find_bracket(value);
  if (!bracket) return std::nullopt;
  if (*bracket != kNone) return parse_bracketed_addr(value, *bracket);

  NameAddr result;
  result.text = value;
  if (value == "*") {
    result.uri.text = value;
    return result;
  }
  const std::size_t semicolon = std::min(value.find(';'), value.size());
  const auto uri = parse_uri(text::head(value, semicolon));
  if (!uri) return std::nullopt;
  result.uri = *uri;
  result.params.text = text::tail(value, semicolon);
  result.loose = uri->loose || uri->text.find_first_of("?,") != kNone;
  return result;
}

std::optional<std::string_view> Values::next() noexcept {
  for (;;) {
    while (rest_.empty()) {
      while (!headers_.empty() && headers_.front().id != name_) headers_ = headers_.subspan(1);
      if (headers_.empty()) return std::nullopt;
      rest_ = headers_.front().value;
      headers_ = headers_.subspan(1);
    }
    const std::size_t len = value_length(rest_);
    const std::string_view value = text::trim(text::head(rest_, len));
    rest_.remove_prefix(std::min(len + 1, rest_.size()));
    if (!value.empty()) return value;
  }
}

std::size_t Values::count(const Message& message, HeaderName name) noexcept {
  std::size_t count = 0;
  for (Values values(message, name); values.next();) ++count;
  return count;
}

std::optional<Via> top_via(const Message& message) noexcept {
  const auto value = Values(message, HeaderName::via).next();
  return value ? parse_via(*value) : std::nullopt;
}

std::optional<NameAddr> from(const Message& message) noexcept {
  return parse_name_addr(message.first(HeaderName::from));
}

std::optional<NameAddr> to(const Message& message) noexcept { return parse_name_addr(message.first(HeaderName::to)); }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept { return text::same(a, b); }

}  // namespace vialens::sip

// Parts of headers: hosts, users, URIs, name-addr, Via, credentials (RFC 3261 25.1).
#include <algorithm>
#include <unordered_set>

#include "userspace/mask/mask.h"
#include "userspace/mask/text.h"

namespace vialens {

using namespace mask_text;

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_number(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), is_digit) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || std::string_view("+-.()*# ").find(c) != kNone;
         });
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || std::string_view("-.!%*_+`'~").find(c) != kNone;
  });
}

std::string_view unquoted(std::string_view text) noexcept {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string quoted_as(std::string_view text, const std::string& masked) {
  return unquoted(text).size() == text.size() ? masked : '"' + masked + '"';
}

// Parameters of headers and URIs that are about the message, and about nobody.
bool is_kept_param(std::string_view name) {
  static const std::unordered_set<std::string_view> names = {
      "tag",     "branch",  "rport",     "ttl",      "alias",  "keep",     "i",      "comp",
      "lr",      "ob",      "transport", "user",     "method", "expires",  "q",      "reg-id",
      "index",   "cause",   "reason",    "counter",  "limit",  "privacy",  "screen", "party",
      "id-type", "purpose", "refresher", "handling", "npdi",   "from-tag", "to-tag", "early-only",
      "methods", "alg",     "algorithm", "qop",      "nc",     "stale",    "ftag"};
  return names.contains(lower(name));
}

}  // namespace

std::string Mask::host(std::string_view text) const { return words(text); }

std::string Mask::host_port(std::string_view text) const {
  if (Address::parse(text)) return host(text);
  // Also "192.0.2.1:5060:5060", which some routers make.
  std::size_t end = text.size();
  for (std::size_t colon = text.rfind(':', end); colon != kNone && colon > 0; colon = text.rfind(':', end - 1)) {
    const std::string_view port = text.substr(colon + 1, end - colon - 1);
    if (port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) break;
    end = colon;
  }
  return host(text.substr(0, end)) + std::string(text.substr(end));
}

std::string Mask::number(std::string_view text) const {
  const Plain source(text);
  std::string digits;
  for (const char c : source.text())
    if (is_digit(c)) digits += c;
  // "*67" turns something on or off, whoever dials it.
  const bool service = !source.text().empty() && (source.text().front() == '*' || source.text().front() == '#');
  if (service && digits.size() <= 3) return std::string(text);
  const std::string masked = pseudonyms_.word(digits);
  std::string result;
  for (std::size_t i = 0, digit = 0; i < source.text().size(); ++i)
    result += is_digit(source.text()[i]) ? source.spelled(i, i + 1, std::string_view(masked).substr(digit++, 1))
                                         : std::string(source.raw(i, i + 1));
  return result;
}

// telephone-subscriber (RFC 3966) or a name; a password behind a colon is a word like others.
std::string Mask::user(std::string_view text) const {
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  const std::string_view name = text.substr(0, semicolon);
  return (is_number(unescaped(name)) ? number(name) : words(name)) + params(text.substr(semicolon));
}

std::string Mask::uri(std::string_view text) const {
  const Trimmed parts(text);
  std::string_view rest = parts.text;
  if (rest.size() > 2 && rest.front() == '<' && rest.back() == '>')
    return std::string(parts.before) + '<' + uri(rest.substr(1, rest.size() - 2)) + '>' + std::string(parts.after);
  const std::size_t colon = rest.find(':');
  const std::string scheme = lower(rest.substr(0, colon));
  if (colon == kNone || !is_token(scheme)) return strict(text);
  std::string result = std::string(parts.before) + std::string(rest.substr(0, colon + 1));
  rest.remove_prefix(colon + 1);
  if (scheme == "tel")
    result += user(rest);
  else if (scheme == "urn" && (lower(rest).starts_with("service:") || lower(rest).starts_with("alert:")))
    result += rest;  // urn:service:sos
  else if (scheme == "sip" || scheme == "sips" || scheme == "im" || scheme == "pres" || scheme == "xmpp" ||
           scheme == "mailto")
    result += sip_uri(rest);
  else
    result += strict(rest);
  return result + std::string(parts.after);
}

std::string Mask::sip_uri(std::string_view text) const {
  std::string result;
  if (const std::size_t first = text.find('@'); first != kNone) {
    const std::size_t last = text.substr(0, text.find_first_of(";?", first)).rfind('@');
    result = user(text.substr(0, last)) + '@';
    text.remove_prefix(last + 1);
  }
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::size_t semicolon = std::min(text.find(';'), question);
  result += host_port(text.substr(0, semicolon)) + params(text.substr(semicolon, question - semicolon));
  if (question < text.size()) result += '?' + uri_headers(text.substr(question + 1));
  return result;
}

// "Replaces=a84b4c%40192.0.2.1%3Bto-tag%3D1&Subject=..."
std::string Mask::uri_headers(std::string_view text) const {
  return each_part(text, "&", [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    if (equals == kNone) return strict(part);
    const std::string_view name = part.substr(0, equals);
    return std::string(name) + '=' + escaped(value(unescaped(name), unescaped(part.substr(equals + 1))));
  });
}

std::string Mask::param(std::string_view name, std::string_view text) const {
  const std::string lowered = lower(name);
  if (is_kept_param(lowered)) return prose(text, kAddresses);
  if (lowered == "received" || lowered == "maddr" || lowered == "domain") return host_port(text);
  if (lowered == "phone-context") return user(text);
  if (lowered == "username") return quoted_as(text, user(unquoted(text)));
  if (lowered == "uri") return quoted_as(text, uri(unquoted(text)));
  if (lowered == "realm" || lowered == "nonce" || lowered == "cnonce" || lowered == "opaque" || lowered == "response")
    return words(text);
  return strict(text);
}

// Everything from the first ';' on.
std::string Mask::params(std::string_view text) const {
  return each_part(text, ";", [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    const Trimmed name(part.substr(0, equals));
    if (equals == kNone && is_token(name.text)) return std::string(part);
    if (equals == kNone || !is_token(name.text)) return strict(part);
    return std::string(part.substr(0, equals + 1)) + param(name.text, part.substr(equals + 1));
  });
}

std::string Mask::name_addr(std::string_view text) const {
  const std::size_t bracket = find_outside(text, "<");
  if (bracket != kNone) {
    const std::size_t end = std::min(text.find('>', bracket), text.size());
    std::string result = words(text.substr(0, bracket)) + '<' + uri(text.substr(bracket + 1, end - bracket - 1));
    if (end == text.size()) return result;
    return result + '>' + params(text.substr(end + 1));
  }
  if (Trimmed(text).text == "*") return std::string(text);
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  return uri(text.substr(0, semicolon)) + params(text.substr(semicolon));
}

// sent-protocol, sent-by, parameters; or the sent-by alone.
std::string Mask::via(std::string_view text) const {
  const std::size_t semicolon = std::min(find_outside(text, ";"), text.size());
  const Trimmed front(text.substr(0, semicolon));
  const std::size_t slash = front.text.rfind('/');
  const std::size_t gap = front.text.find_first_of(
      " \t\r\n", slash == kNone ? 0 : Trimmed(front.text.substr(slash + 1)).before.size() + slash + 1);
  std::string result(front.before);
  if (slash == kNone && gap == kNone) {
    result += host_port(front.text);
  } else if (gap == kNone) {
    result += strict(front.text);
  } else {
    const Trimmed sent_by(front.text.substr(gap));
    result += strict(front.text.substr(0, gap)) + std::string(sent_by.before) + host_port(sent_by.text);
  }
  return result + std::string(front.after) + params(text.substr(semicolon));
}

std::string Mask::credential(std::string_view text) const {
  const std::size_t equals = text.find('=');
  const Trimmed name(text.substr(0, equals));
  if (equals == kNone || !is_token(name.text)) return words(text);
  const Trimmed given(text.substr(equals + 1));
  return std::string(text.substr(0, equals + 1)) + std::string(given.before) + param(name.text, given.text) +
         std::string(given.after);
}

// Digest username="alice", realm="example.com", ...
std::string Mask::credentials(std::string_view text) const {
  const Trimmed all(text);
  const std::size_t gap = std::min(all.text.find_first_of(" \t\r\n"), all.text.size());
  const std::string scheme = lower(all.text.substr(0, gap));
  const bool has_scheme = scheme.find('=') == std::string::npos;  // Authentication-Info has none
  if (has_scheme && scheme != "digest")
    return std::string(all.before) + strict(all.text.substr(0, gap)) + words(all.text.substr(gap)) +
           std::string(all.after);
  const std::size_t from = has_scheme ? gap : 0;
  return std::string(all.before) + std::string(all.text.substr(0, from)) +
         each_part(all.text.substr(from), ",", [&](std::string_view part) { return credential(part); }) +
         std::string(all.after);
}

// The part in front of '@' is a random number by RFC 3261 8.1.1.4, and what the other side's logs are searched for.
std::string Mask::call_id(std::string_view text) const {
  const std::size_t sign = text.find('@');
  const std::string local = prose(text.substr(0, sign), kAddresses);
  return sign == kNone ? local : local + '@' + host_port(text.substr(sign + 1));
}

}  // namespace vialens

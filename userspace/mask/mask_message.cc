// Messages: start line, headers, bodies, and what findings say of them.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "userspace/core/literals.h"
#include "userspace/mask/mask.h"
#include "userspace/mask/text.h"

namespace vialens {

using namespace mask_text;

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr int kDeepest = 4;  // multipart in multipart

enum class Rule { address, via, call_id, credentials, product, kept, prose, words, content_length, strict };

// By header name in small letters, long and compact (RFC 3261 7.3.3). Of what is not here every word is masked.
Rule rule_of(std::string_view name) {
  static const std::unordered_map<std::string_view, Rule> rules_by_name = [] {
    std::unordered_map<std::string_view, Rule> rules;
    const auto set = [&](Rule rule, std::initializer_list<std::string_view> names) {
      for (const std::string_view each : names) rules[each] = rule;
    };
    set(Rule::address, {"from",
                        "f",
                        "to",
                        "t",
                        "contact",
                        "m",
                        "route",
                        "record-route",
                        "path",
                        "service-route",
                        "refer-to",
                        "r",
                        "referred-by",
                        "b",
                        "p-asserted-identity",
                        "p-preferred-identity",
                        "remote-party-id",
                        "diversion",
                        "history-info",
                        "reply-to",
                        "p-called-party-id",
                        "p-associated-uri",
                        "alert-info",
                        "call-info",
                        "error-info",
                        "geolocation",
                        "identity-info",
                        "n",
                        "p-profile-key",
                        "p-served-user",
                        "p-user-database",
                        "request-uri"});
    set(Rule::via, {"via", "v"});
    set(Rule::call_id, {"call-id", "i", "replaces", "join", "target-dialog", "in-reply-to"});
    set(Rule::credentials, {"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate",
                            "authentication-info", "proxy-authentication-info"});
    set(Rule::product, {"user-agent", "server"});
    set(Rule::content_length, {"content-length", "l"});
    set(Rule::prose, {"reason", "warning", "retry-after"});
    set(Rule::words, {"subject", "s", "organization"});
    set(Rule::kept, {"cseq",
                     "max-forwards",
                     "expires",
                     "min-expires",
                     "supported",
                     "k",
                     "require",
                     "proxy-require",
                     "unsupported",
                     "allow",
                     "allow-events",
                     "u",
                     "event",
                     "o",
                     "session-expires",
                     "x",
                     "min-se",
                     "content-type",
                     "c",
                     "content-encoding",
                     "e",
                     "content-disposition",
                     "content-language",
                     "content-transfer-encoding",
                     "accept",
                     "accept-encoding",
                     "accept-language",
                     "accept-contact",
                     "a",
                     "reject-contact",
                     "j",
                     "request-disposition",
                     "d",
                     "date",
                     "timestamp",
                     "mime-version",
                     "rseq",
                     "rack",
                     "privacy",
                     "priority",
                     "subscription-state",
                     "sip-etag",
                     "sip-if-match",
                     "refer-sub",
                     "answer-mode",
                     "priv-answer-mode",
                     "recv-info",
                     "info-package",
                     "feature-caps",
                     "resource-priority",
                     "p-early-media",
                     "security-client",
                     "security-server",
                     "security-verify",
                     "flow-timer",
                     "p-preferred-service",
                     "p-asserted-service"});
    return rules;
  }();
  const auto found = rules_by_name.find(name);
  return found == rules_by_name.end() ? Rule::strict : found->second;
}

// The line at the front, with its end and, if `folded`, with the lines that go on with it; and where its text ends.
struct Line {
  std::string_view all, text;
};

std::size_t line_length(std::string_view bytes) noexcept {
  const std::size_t end = bytes.find('\n');
  return end == kNone ? bytes.size() : end + 1;
}

Line take_line(std::string_view& bytes, bool folded) noexcept {
  std::size_t length = line_length(bytes);
  while (folded && length < bytes.size() && (bytes[length] == ' ' || bytes[length] == '\t'))
    length += line_length(bytes.substr(length));
  Line line{bytes.substr(0, length), bytes.substr(0, length)};
  while (!line.text.empty() && (line.text.back() == '\n' || line.text.back() == '\r')) line.text.remove_suffix(1);
  bytes.remove_prefix(length);
  return line;
}

std::string_view end_of(const Line& line) noexcept { return line.all.substr(line.text.size()); }

// A Content-Length in a text that is being put together.
struct Length {
  std::size_t at = 0, digits = 0;
  std::uint64_t value = 0;
};

std::string_view parameter(std::string_view type, std::string_view name) {
  const std::string lowered = lower(type);
  std::size_t at = lowered.find(std::string(name) + '=');
  if (at == kNone) return {};
  at += name.size() + 1;
  if (at < type.size() && type[at] == '"') {
    const std::size_t end = type.find('"', at + 1);
    return end == kNone ? std::string_view{} : type.substr(at + 1, end - at - 1);
  }
  return type.substr(at, std::min(type.find_first_of("; \t\r\n", at), type.size()) - at);
}

}  // namespace

Mask::Mask(std::string_view key) : pseudonyms_(key) {
  if (key.empty()) throw std::invalid_argument("masking needs a key");
}

// Of the kernel: OpenSSL would load its providers for it, of which a router without TLS has no need.
std::string Mask::random_key() {
  std::string key(32, '\0');
  if (getentropy(key.data(), key.size()) != 0)
    throw std::runtime_error("cannot make a key for masking: the system gives no random numbers");
  return key;
}

std::string Mask::start_line(std::string_view line) const {
  const std::size_t first = line.find(' ');
  if (first == kNone) return strict(line);
  if (lower(line).starts_with("sip/")) {
    const std::string_view status = line.substr(first + 1, 3);
    const bool is_status = status.size() == 3 && std::all_of(status.begin(), status.end(), is_digit) &&
                           (line.size() == first + 4 || line[first + 4] == ' ');
    if (!is_status) return strict(line);
    return strict(line.substr(0, first + 1)) + std::string(status) + prose(line.substr(first + 4), kAll);
  }
  const std::size_t version = lower(line).rfind(" sip/");
  const std::string_view method = line.substr(0, first);
  const bool is_method =
      std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  const std::size_t last = version == kNone || version < first ? line.size() : version;
  const std::string_view target = line.substr(first, last - first);
  return (is_method ? std::string(method) : strict(method)) + uri(target) + prose(line.substr(last), kAll);
}

std::string Mask::header(std::string_view name, std::string_view value) const {
  const auto list = [&](auto mask) { return each_part(value, ",", mask); };
  switch (rule_of(lower(name))) {
    case Rule::address:
      return list([&](std::string_view part) { return name_addr(part); });
    case Rule::via:
      return list([&](std::string_view part) { return via(part); });
    case Rule::call_id:
      return list([&](std::string_view part) {
        const std::size_t semicolon = std::min(part.find(';'), part.size());
        return call_id(part.substr(0, semicolon)) + params(part.substr(semicolon));
      });
    case Rule::credentials:
      return credentials(value);
    case Rule::product:
      return product(value, "");
    case Rule::kept:
      return prose(value, kNoWords);
    case Rule::prose:
      return prose(value, kAll);
    case Rule::words:
      return words(value);
    case Rule::content_length:
    case Rule::strict:
      break;
  }
  return strict(value);
}

std::string Mask::value(std::string_view field, std::string_view text) const {
  if (field.starts_with("SDP") && field.size() == 6 && field[5] == '=') return sdp_line(field[4], text);
  if (field.starts_with("SDP")) return sdp(text);
  if (field.empty() || field.front() < 'A' || field.front() > 'Z' || field.find(' ') != kNone) return prose(text, kAll);
  if (rule_of(lower(field)) == Rule::content_length) return prose(text, kNoWords);
  return header(field, text);
}

std::string Mask::multipart(std::string_view boundary, std::string_view bytes, int depth) const {
  const std::string mark = "--" + std::string(boundary);
  std::string result;
  bool in_part = false;
  while (!bytes.empty()) {
    std::size_t end = bytes.starts_with(mark) ? 0 : bytes.find('\n' + mark);
    end = end == kNone ? bytes.size() : end == 0 ? 0 : end + 1;
    result += in_part ? entity(bytes.substr(0, end), depth + 1) : words(bytes.substr(0, end));
    bytes.remove_prefix(end);
    if (bytes.empty()) break;
    result += take_line(bytes, false).all;  // the boundary
    in_part = true;
  }
  return result;
}

std::string Mask::body(std::string_view type, std::string_view bytes, int depth) const {
  const std::string kind = lower(Trimmed(type.substr(0, type.find(';'))).text);
  if (kind == "application/sdp" || bytes.starts_with("v=0")) return sdp(bytes);
  if (depth < kDeepest && kind.starts_with("multipart/"))
    if (const std::string_view boundary = parameter(type, "boundary"); !boundary.empty())
      return multipart(boundary, bytes, depth);
  if (depth < kDeepest && (kind == "message/sipfrag" || kind == "message/sip")) return message(bytes, depth + 1);
  return kind.starts_with("text/") ? words(bytes) : strict(bytes);
}

// A product's version looks like a public address ("Yealink SIP-T46S 66.84.0.15"), and is one if the rest of the
// message has it, too.
std::string Mask::product(std::string_view value, std::string_view message) const {
  std::string result;
  std::size_t told = 0;
  const auto tell = [&](std::size_t end) {
    result += prose(value.substr(told, end - told), kAll & ~kAddresses & ~kNumbers);
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto found = address_at(value, i);
    if (!found) continue;
    const std::string_view written = value.substr(i, found->length);
    tell(i);
    const bool elsewhere = count(message, found->address) > count(value, found->address);
    const bool is_version = found->address.is_v4() && !found->address.is_private() && !elsewhere;
    result += is_version ? std::string(written) : address_as_written(written, found->address);
    told = i + found->length;
    i = told - 1;
  }
  tell(value.size());
  return result;
}

std::string Mask::entity(std::string_view bytes, int depth) const {
  const std::string_view all = bytes;
  std::string result;
  std::string_view type;
  std::vector<Length> lengths;
  while (!bytes.empty()) {
    const Line line = take_line(bytes, true);
    if (line.text.empty()) {
      result += line.all;
      break;
    }
    const std::size_t colon = line.text.find(':');
    const std::string_view name = Trimmed(line.text.substr(0, colon)).text;
    if (colon == kNone || name.empty() || name.find(' ') != kNone) {
      result += strict(line.text);
    } else {
      const Trimmed value(line.text.substr(colon + 1));
      result += std::string(line.text.substr(0, colon + 1)) + std::string(value.before);
      const std::string lowered = lower(name);
      if (lowered == "content-type" || lowered == "c") type = value.text;
      Length length{result.size(), value.text.size()};
      const char* const end = value.text.data() + value.text.size();
      const auto read = std::from_chars(value.text.data(), end, length.value);
      const bool is_length = rule_of(lowered) == Rule::content_length && read.ec == std::errc() && read.ptr == end;
      if (is_length) lengths.push_back(length);
      if (is_length)
        result += value.text;
      else if (rule_of(lowered) == Rule::product)
        result += product(value.text, all);
      else
        result += header(name, value.text);
      result += value.after;
    }
    result += end_of(line);
  }
  const std::string masked = body(type, bytes, depth);
  std::reverse(lengths.begin(), lengths.end());  // each replacement moves what stands behind it
  for (const Length& length : lengths) {
    const auto now = static_cast<std::int64_t>(length.value + masked.size() - bytes.size());
    if (length.value != 0 && masked.size() != bytes.size())
      result.replace(length.at, length.digits, std::to_string(std::max<std::int64_t>(now, 0)));
  }
  return result + masked;
}

std::string Mask::message(std::string_view sip, int depth) const {
  std::string result;
  while (!sip.empty() && (sip.front() == '\r' || sip.front() == '\n')) {
    result += sip.front();
    sip.remove_prefix(1);
  }
  const Line first = take_line(sip, false);
  return result + start_line(first.text) + std::string(end_of(first)) + entity(sip, depth);
}

std::string Mask::message(std::string_view sip) const { return message(sip, 0); }

Finding Mask::finding(const Finding& finding) const {
  Finding masked = finding;
  // What the sentences may repeat, the longest first.
  std::vector<std::pair<std::string, std::string>> known;
  const auto note = [&](std::string& what, std::string now) {
    if (what.size() > 2) known.emplace_back(what, now);
    what = std::move(now);
  };
  note(masked.subject.call_id, call_id(finding.subject.call_id));
  note(masked.subject.aor, uri(finding.subject.aor));
  for (Evidence& evidence : masked.evidence) {
    note(evidence.before, value(evidence.field, evidence.before));
    note(evidence.after, value(evidence.field, evidence.after));
  }
  std::sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  const auto sentence = [&](std::string_view text) {
    std::string result;
    std::size_t told = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto is_here = [&](const auto& pair) { return text.substr(i).starts_with(pair.first); };
      const auto found = std::find_if(known.begin(), known.end(), is_here);
      if (found == known.end()) continue;
      result += prose(text.substr(told, i - told), kAll) + found->second;
      told = i + found->first.size();
      i = told - 1;
    }
    return result + prose(text.substr(told), kAll);
  };
  masked.detail = sentence(finding.detail);
  masked.verdict = sentence(finding.verdict);
  return masked;
}

}  // namespace vialens

#include "userspace/mask/text.h"

#include <algorithm>
#include <unordered_set>

namespace vialens::mask_text {
namespace {

constexpr std::size_t kLongestV6 = 45;

int hex_value(char c) noexcept { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }

std::optional<Found> v4_at(std::string_view text, std::size_t at) noexcept {
  if (at > 0 && is_digit(text[at - 1])) return std::nullopt;
  if (at > 1 && text[at - 1] == '.' && is_digit(text[at - 2])) return std::nullopt;
  Found found;
  found.address.bytes[10] = found.address.bytes[11] = 0xff;
  std::size_t i = at;
  for (std::size_t octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (i >= text.size() || text[i++] != '.')) return std::nullopt;
    unsigned value = 0;
    std::size_t digits = 0;
    while (i < text.size() && is_digit(text[i]) && digits++ < 3)
      value = value * 10 + static_cast<unsigned>(text[i++] - '0');
    if (digits == 0 || digits > 3 || value > 255) return std::nullopt;
    found.address.bytes[12 + octet] = static_cast<std::uint8_t>(value);
  }
  if (i < text.size() && is_digit(text[i])) return std::nullopt;
  if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) return std::nullopt;
  found.length = i - at;
  return found;
}

std::optional<Found> v6_at(std::string_view text, std::size_t at) noexcept {
  if (at > 0 && (is_word(text[at - 1]) || text[at - 1] == ':' || text[at - 1] == '.')) return std::nullopt;
  std::size_t length = 0;
  int colons = 0;
  while (at + length < text.size() && length <= kLongestV6) {
    const char c = text[at + length];
    if (!is_hex(c) && c != ':' && c != '.') break;
    colons += c == ':';
    ++length;
  }
  if (colons < 2) return std::nullopt;
  std::string_view run = text.substr(at, length);
  while (run.size() > 2 && (run.back() == '.' || (run.back() == ':' && run[run.size() - 2] != ':')))
    run.remove_suffix(1);
  const auto address = Address::parse(run);
  return address ? std::optional(Found{*address, run.size()}) : std::nullopt;
}

}  // namespace

Plain::Plain(std::string_view text) : raw_(text) {
  plain_.reserve(text.size());
  starts_.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size();) {
    starts_.push_back(i);
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      plain_ += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 3;
    } else {
      plain_ += text[i++];
    }
  }
  starts_.push_back(text.size());
}

std::string Plain::spelled(std::size_t from, std::size_t to, std::string_view replacement) const {
  if (raw(from, to).size() == to - from) return std::string(replacement);
  if (replacement.size() != to - from) return escaped(replacement);
  std::string result;
  for (std::size_t i = from; i < to; ++i) {
    const char c = replacement[i - from];
    if (starts_[i + 1] - starts_[i] == 1) {
      result += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return result;
}

std::string unescaped(std::string_view text) { return std::string(Plain(text).text()); }

std::string escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-_.!~*'()[]/?:+$";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_digit(c) || is_letter(c) || kPlain.find(c) != std::string_view::npos)
      result += c;
    else
      result += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return result;
}

std::optional<Found> address_at(std::string_view text, std::size_t at) noexcept {
  if (is_digit(text[at]))
    if (const auto found = v4_at(text, at)) return found;
  if (is_hex(text[at]) || text[at] == ':') return v6_at(text, at);
  return std::nullopt;
}

std::size_t find_outside(std::string_view text, std::string_view wanted, std::size_t from) noexcept {
  bool quoted = false;
  bool in_brackets = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (!in_brackets && wanted.find(c) != std::string_view::npos) {
      return i;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '<') {
      in_brackets = true;
    } else if (c == '>') {
      in_brackets = false;
    }
  }
  return std::string_view::npos;
}

Trimmed::Trimmed(std::string_view all) noexcept {
  std::size_t from = 0;
  std::size_t to = all.size();
  while (from < to && is_space(all[from])) ++from;
  while (to > from && is_space(all[to - 1])) --to;
  before = all.substr(0, from);
  text = all.substr(from, to - from);
  after = all.substr(to);
}

bool is_protocol_word(std::string_view word) noexcept {
  static const std::unordered_set<std::string_view> words = {
      // SIP
      "sip", "sips", "tel", "urn", "uuid", "http", "https", "invite", "ack", "bye", "cancel", "register", "options",
      "prack", "message", "info", "subscribe", "notify", "update", "refer", "publish", "udp", "tcp", "tls", "ws", "wss",
      "sctp", "branch", "tag", "received", "rport", "transport", "lr", "ob", "expires", "user", "phone", "via", "from",
      "to", "cseq", "contact", "content", "length", "type", "max", "forwards", "route", "record", "agent", "server",
      "supported", "allow", "id", "call", "digest", "md5", "auth", "qop", "nc", "algorithm", "realm", "nonce", "opaque",
      "response", "username", "uri", "stale", "true", "false", "yes", "no", "none", "full", "gruu", "outbound",
      "replaces", "timer", "100rel", "application", "sdp", "reason", "cause", "text", "signal", "duration",
      // SDP
      "in", "ip4", "ip6", "audio", "video", "image", "rtp", "avp", "savp", "avpf", "savpf", "udptl", "t38", "rtpmap",
      "fmtp", "ptime", "maxptime", "sendrecv", "sendonly", "recvonly", "inactive", "rtcp", "candidate", "crypto",
      "inline", "fingerprint", "setup", "mid", "group", "ssrc", "cname", "pcmu", "pcma", "g722", "g729", "opus",
      "telephone", "event", "8000", "48000"};
  return word.size() == 1 || words.contains(lower(word));
}

}  // namespace vialens::mask_text

// Texts of any kind: word by word, or only what looks like somebody's.
#include <algorithm>

#include "userspace/mask/mask.h"
#include "userspace/mask/text.h"

namespace vialens {

using namespace mask_text;

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kFewestDigits = 6;  // of what prose() takes for a phone number; ports have five

constexpr std::string_view kSchemes[] = {
    "sip:", "sips:", "tel:", "im:", "pres:", "xmpp:", "mailto:", "http://", "https:", "urn:uu", "h323:"};

bool is_atom(char c) noexcept { return is_word(c) || std::string_view("._+-~*#!$&'=").find(c) != kNone; }
bool is_host(char c) noexcept { return is_word(c) || c == '-' || c == '.'; }

template <class Is>
std::size_t run_end(std::string_view text, std::size_t at, Is is) noexcept {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}

// Where a URI that begins here ends; `at` if none does.
std::size_t uri_end(std::string_view text, std::size_t at) {
  const bool begins = std::any_of(std::begin(kSchemes), std::end(kSchemes), [&](std::string_view scheme) {
    return lower(text.substr(at, scheme.size())) == scheme;
  });
  if (!begins) return at;
  std::size_t end = std::min(text.find_first_of(" \t\r\n<>\"),", at), text.size());
  while (end > at && (text[end - 1] == '.' || text[end - 1] == ':' || text[end - 1] == ';')) --end;
  return end;
}

// "alice@example.com": the place of its '@'.
std::size_t mailbox_at(std::string_view text, std::size_t at) noexcept {
  const std::size_t end = run_end(text, at, is_atom);
  const bool is_one =
      end > at && end + 1 < text.size() && text[end] == '@' && (is_host(text[end + 1]) || text[end + 1] == '[');
  return is_one ? end : kNone;
}

std::size_t mailbox_end(std::string_view text, std::size_t sign) noexcept {
  std::size_t end = sign + 1;
  if (text[end] == '[') return std::min(text.find(']', end), text.size() - 1) + 1;
  end = run_end(text, end, is_host);
  while (text[end - 1] == '.') --end;
  return end;
}

// "sip.example.com": labels with dots between, the last one letters.
std::size_t host_end(std::string_view text, std::size_t at) noexcept {
  std::size_t end = run_end(text, at, is_host);
  while (end > at && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const std::string_view name = text.substr(at, end - at);
  const std::size_t dot = name.rfind('.');
  if (dot == kNone || dot == 0 || name.find("..") != kNone || name.size() - dot < 3) return at;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), is_letter) ? end : at;
}

// "0301234567", "+49 30 1234567"; decimals are none.
std::size_t number_end(std::string_view text, std::size_t at) noexcept {
  if (!is_digit(text[at]) && text[at] != '+') return at;
  if (at > 1 && text[at - 1] == '.' && is_digit(text[at - 2])) return at;
  const bool international = text[at] == '+';
  std::size_t end = at + (international ? 1 : 0);
  std::size_t digits = 0;
  for (std::size_t i = end; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      ++digits;
      end = i + 1;
    } else if (!international || i > end + 1 || std::string_view(" -./()").find(text[i]) == kNone) {
      break;
    }
  }
  if (!international && end < text.size() && is_word(text[end])) return at;
  return digits >= kFewestDigits ? end : at;
}

// "00:11:22:aa:bb:cc", "001122aabbcc"
std::size_t hardware_end(std::string_view text, std::size_t at) noexcept {
  const std::size_t end = run_end(text, at, is_hex);
  if (end - at == 12) return end < text.size() && is_word(text[end]) ? at : end;
  if (end - at != 2 || end == text.size() || (text[end] != ':' && text[end] != '-')) return at;
  const char separator = text[end];
  std::size_t i = at;
  for (int pair = 0; pair < 6; ++pair) {
    if (pair > 0 && (i >= text.size() || text[i++] != separator)) return at;
    if (i + 1 >= text.size() || !is_hex(text[i]) || !is_hex(text[i + 1])) return at;
    i += 2;
  }
  return i < text.size() && is_word(text[i]) ? at : i;
}

// A quoted name in front of an address: behind its last quote, if `at` is the first one.
std::size_t display_end(std::string_view text, std::size_t at) noexcept {
  const std::size_t quote = text[at] == '"' ? text.find('"', at + 1) : kNone;
  if (quote == kNone) return at;
  const std::size_t next = run_end(text, quote + 1, is_space);
  return next < text.size() && text[next] == '<' ? quote + 1 : at;
}

}  // namespace

std::string Mask::text(std::string_view text) const { return prose(text, kAll); }

std::string Mask::address_as_written(std::string_view written, const Address& address) const {
  const Address masked = pseudonyms_.address(address);
  if (masked == address) return std::string(written);
  const bool mapped = address.is_v4() && written.find(':') != kNone;
  return (mapped ? "::ffff:" : "") + to_string(masked);
}

std::string Mask::words(std::string_view text, bool keep_protocol) const {
  const Plain source(text);
  const std::string_view plain = source.text();
  std::string result;
  for (std::size_t i = 0; i < plain.size();) {
    std::size_t end = i + 1;
    if (const auto found = address_at(plain, i)) {
      end = i + found->length;
      result += source.spelled(i, end, address_as_written(plain.substr(i, found->length), found->address));
      // The port stays.
      const std::size_t digits = end < plain.size() && plain[end] == ':' ? run_end(plain, end + 1, is_digit) : end;
      if (digits > end + 1 && digits <= end + 6) {
        result += source.raw(end, digits);
        end = digits;
      }
    } else if (is_word(plain[i])) {
      end = run_end(plain, i, is_word);
      const std::string_view word = plain.substr(i, end - i);
      if (keep_protocol && is_protocol_word(word))
        result += source.raw(i, end);
      else
        result += source.spelled(i, end, pseudonyms_.word(word));
    } else {
      result += source.raw(i, end);
    }
    i = end;
  }
  return result;
}

std::string Mask::prose(std::string_view text, unsigned sought) const {
  const Plain source(text);
  const std::string_view plain = source.text();
  std::string result;
  for (std::size_t i = 0; i < plain.size();) {
    const bool begins = i == 0 || !is_word(plain[i - 1]);
    const auto seek = [&](Sought what, auto end_of) { return (sought & what) != 0 && begins ? end_of(plain, i) : i; };
    const auto found = (sought & kAddresses) != 0 ? address_at(plain, i) : std::nullopt;
    const std::size_t sign = begins && (sought & kMailboxes) != 0 ? mailbox_at(plain, i) : kNone;
    std::size_t end;
    if (found) {
      end = i + found->length;
      result += source.spelled(i, end, address_as_written(plain.substr(i, found->length), found->address));
    } else if (end = seek(kUris, uri_end); end != i) {
      result += uri(source.raw(i, end));
    } else if (sign != kNone) {
      end = mailbox_end(plain, sign);
      result += user(source.raw(i, sign));
      result += source.raw(sign, sign + 1);
      result += host(source.raw(sign + 1, end));
    } else if (end = std::max({seek(kUris, display_end), seek(kHardware, hardware_end), seek(kHosts, host_end)});
               end != i) {
      result += words(source.raw(i, end));
    } else if (end = seek(kNumbers, number_end); end != i) {
      result += number(source.raw(i, end));
    } else {
      end = i + 1;
      result += source.raw(i, end);
    }
    i = end;
  }
  return result;
}

}  // namespace vialens

// Characters, lines and numbers as RFC 3261 25.1 sees them. For the readers in this folder only.
//
// White space includes CR and LF everywhere, because the values handed around may still contain their folds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace vialens::sip::text {

enum Class : std::uint8_t { kToken = 1, kHost = 2, kSpace = 4, kUri = 8, kHex = 16, kDelimiter = 32 };

constexpr std::array<std::uint8_t, 256> make_classes() noexcept {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&classes](std::string_view chars, unsigned bits) {
    for (const char c : chars) {
      auto& entry = classes[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  mark("0123456789abcdefABCDEF", kToken | kHost | kUri | kHex);
  mark("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ", kToken | kHost | kUri);
  mark("-._", kToken | kHost | kUri);  // no host has '_' by the grammar, many have one
  mark("!%*+`'~", kToken);
  mark(";/?:@&=+$,!~*'()%[]#", kUri);  // '#' is for the schemes that are not SIP's
  mark(" \t\r\n", kSpace);
  mark(",;<\"", kDelimiter);  // what decides where a header value or a part of it ends
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

inline bool is(Class wanted, char c) noexcept { return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0; }

// Goes on behind the first mismatch, and so does same(): most texts match, and without branches that takes half the
// time.
inline bool all(Class wanted, std::string_view text) noexcept {
  unsigned bits = wanted;
  for (const char c : text) bits &= kClasses[static_cast<unsigned char>(c)];
  return bits != 0;
}

inline std::string_view trim_left(std::string_view text) noexcept {
  while (!text.empty() && is(kSpace, text.front())) text.remove_prefix(1);
  return text;
}

inline std::string_view trim(std::string_view text) noexcept {
  text = trim_left(text);
  while (!text.empty() && is(kSpace, text.back())) text.remove_suffix(1);
  return text;
}

// Splits without the bounds check of substr(); len and pos must fit.
inline std::string_view head(std::string_view text, std::size_t len) noexcept { return {text.data(), len}; }
inline std::string_view tail(std::string_view text, std::size_t pos) noexcept {
  text.remove_prefix(pos);
  return text;
}

inline unsigned lower(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte | (byte - unsigned{'A'} < 26U ? 0x20U : 0U);
}

inline bool same(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= lower(a[i]) ^ lower(b[i]);
  return difference == 0;
}

inline bool begins(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && same(head(text, prefix.size()), prefix);
}

// Takes everything up to white space off the front of `rest`, and the white space behind it too.
inline std::string_view take_word(std::string_view& rest) noexcept {
  std::size_t len = 0;
  while (len < rest.size() && !is(kSpace, rest[len])) ++len;
  const std::string_view word = head(rest, len);
  rest = trim_left(tail(rest, len));
  return word;
}

inline std::string_view take_token(std::string_view& rest) noexcept {
  std::size_t len = 0;
  while (len < rest.size() && is(kToken, rest[len])) ++len;
  const std::string_view token = head(rest, len);
  rest.remove_prefix(len);
  return token;
}

// A separator with white space around it, as SLASH, COLON and the others of RFC 3261 25.1 allow.
inline bool take_separator(std::string_view& rest, char separator) noexcept {
  const std::string_view trimmed = trim_left(rest);
  if (trimmed.empty() || trimmed.front() != separator) return false;
  rest = trim_left(tail(trimmed, 1));
  return true;
}

// The length of the quoted string that `text` begins with, its quotes included; nothing if it does not end.
inline std::optional<std::size_t> quoted_length(std::string_view text) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::nullopt;
}

// Digits and nothing else, leading zeros allowed (RFC 3261 25.1: 1*DIGIT), up to `max`.
inline std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) noexcept {
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number > max) return std::nullopt;
  }
  return static_cast<std::uint32_t>(number);
}

struct Line {
  std::string_view text;  // without its end
  bool ended = false;     // by LF
  bool has_cr = false;    // in front of that LF
};

// Takes one line off the front of `rest`. A CR without LF ends nothing.
inline Line take_line(std::string_view& rest) noexcept {
  Line line{rest};
  const void* lf = rest.empty() ? nullptr : std::memchr(rest.data(), '\n', rest.size());
  if (lf == nullptr) {
    rest.remove_prefix(rest.size());
    return line;
  }
  const auto len = static_cast<std::size_t>(static_cast<const char*>(lf) - rest.data());
  line.ended = true;
  line.has_cr = len > 0 && rest[len - 1] == '\r';
  line.text = head(rest, line.has_cr ? len - 1 : len);
  rest.remove_prefix(len + 1);
  return line;
}

inline bool begins_with_blank(std::string_view text) noexcept {
  return !text.empty() && (text.front() == ' ' || text.front() == '\t');
}

}  // namespace vialens::sip::text

#include "userspace/sink/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace vialens {
namespace {

struct Character {
  std::size_t length = 1;
  bool harmless = false;
};

// The first character. Harmful are what a terminal obeys, which C1 is, too (ECMA-48 5.3), what turns the order of the
// text around (Unicode TR 9), and what is not UTF-8, of which some terminals take single bytes for C1.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto lead = byte(0);
  if (lead < 0x80) return {1, lead >= 0x20 && lead != 0x7f};
  const std::size_t length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
  unsigned code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3fU);
  }
  constexpr unsigned kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead >= 0xf5 || code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return {};
  const bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return {length, code >= 0xa0 && !turns};
}

// Of "\x1b[1;31m" at the beginning of the text; 0 if it begins otherwise.
std::size_t length_of_colour(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != text.npos && text[end] == 'm' ? end + 1 : 0;
}

bool goes_on(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }  // within a character

// From `start` on. Where something is left out, dots stand.
std::string cut(std::string_view text, std::size_t start, std::size_t width) {
  constexpr std::string_view kDots = "...";
  std::string result(start == 0 ? "" : kDots);
  text.remove_prefix(std::min(start, text.size()));
  if (result.size() + text.size() <= width) return result.append(text);
  std::size_t end = width - kDots.size() - result.size();
  while (end > 0 && goes_on(text[end])) --end;
  return result.append(text.substr(0, end)).append(kDots);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    for (const char c : text.substr(0, character.length)) {
      if (character.harmless)
        result += c;
      else
        result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(character.length);
  }
  return result;
}

std::string coloured(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (const std::size_t colour = length_of_colour(text); colour != 0) {
      result += text.substr(0, colour);
      text.remove_prefix(colour);
      continue;
    }
    const Character character = first_character(text);
    const bool kept = character.harmless || text.front() == '\n' || text.front() == '\t';
    result += kept ? text.substr(0, character.length) : "\ufffd";
    text.remove_prefix(character.length);
  }
  return result;
}

std::string shorten(std::string_view text, std::size_t width) { return cut(printable(text), 0, width); }

std::pair<std::string, std::string> shorten_both(std::string_view before, std::string_view after, std::size_t width) {
  const std::string one = printable(before), other = printable(after);
  const std::size_t longest = std::max(one.size(), other.size());
  const auto [end, other_end] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  const auto same = static_cast<std::size_t>(end - one.begin());
  // A third of the width leads to the difference, more where the rest is shorter than what is left.
  std::size_t start = 0;
  if (longest > width && same > width / 2) start = std::min(same - width / 3, longest + 3 - width);
  while (start != 0 && start < same && goes_on(one[start])) ++start;
  return {cut(one, start, width), cut(other, start, width)};
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !goes_on(c); }));
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = 0;
  const auto break_line = [&] {
    result += '\n' + std::string(indent, ' ');
    column = 0;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column != 0 && column + 1 + columns_of(word) > width) {
      break_line();
    } else if (column != 0) {
      result += ' ';
      ++column;
    }
    for (const char c : word) {
      const bool begins = columns_of({&c, 1}) != 0;
      if (begins && column == width) break_line();
      result += c;
      column += begins ? 1 : 0;
    }
  }
  return result;
}

}  // namespace vialens

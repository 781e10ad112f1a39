// Words and numbers in texts.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vialens {

// Takes the first word, up to `end`, off the front of `text`.
inline std::string_view take_word(std::string_view& text, char end = ' ') noexcept {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return word;
}

// The whole of `text` as a decimal number; nothing if it is none, or too large.
template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// How many letters must be changed, added, left out or exchanged with their neighbour to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// ASCII only, as in names of fields and of makers.
std::string lower(std::string_view text);

}  // namespace vialens

#include "userspace/core/literals.h"

namespace vialens {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

constexpr std::size_t kLongestV4 = 15, kLongestV6 = 45;  // "255.255.255.255"; "::ffff:" and the like included

// The run of characters of an address that begins here: `dots` and `colons` counted.
struct Run {
  std::size_t length = 0;
  int dots = 0, colons = 0;
};

Run run_at(std::string_view text) noexcept {
  Run run;
  while (run.length < text.size() && run.length <= kLongestV6) {
    const char c = text[run.length];
    if (c == '.')
      ++run.dots;
    else if (c == ':')
      ++run.colons;
    else if (!is_hex(c))
      break;
    ++run.length;
  }
  return run;
}

std::size_t quad_length(std::string_view text) noexcept {
  std::size_t i = 0;
  int dots = 0;
  while (i < text.size() && i <= kLongestV4 && (is_digit(text[i]) || (text[i] == '.' && dots < 4)))
    dots += text[i++] == '.' ? 1 : 0;
  if (dots == 4 && text[i - 1] == '.' && (i == text.size() || !is_digit(text[i]))) --i, --dots;  // ends a sentence
  return dots == 3 ? i : 0;
}

}  // namespace

std::optional<Literal> Literals::next() noexcept {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool behind_escape = at_ >= 3 && text_[at_ - 3] == '%';  // "Replaces=a84b%40192.0.2.1"
    const char before = at_ == 0 || behind_escape ? ' ' : text_[at_ - 1];
    if (c == '%' && at_ + 2 < text_.size() && is_hex(text_[at_ + 1]) && is_hex(text_[at_ + 2])) {
      at_ += 3;
      continue;
    }
    if ((!is_hex(c) && c != ':') || is_word(before) || before == '.' || (before == ':' && c == ':')) {
      ++at_;
      continue;
    }
    const std::string_view rest = text_.substr(at_);
    if (is_digit(c)) {
      if (const std::size_t length = quad_length(rest); length != 0) {
        const bool goes_on = length < rest.size() && (is_word(rest[length]) || rest[length] == '-');
        const auto address = goes_on ? std::nullopt : Address::parse(rest.substr(0, length));
        at_ += length;
        if (address) return Literal{*address, rest.substr(0, length)};
        continue;
      }
    }
    const Run run = run_at(rest);
    if (run.colons < 2 || before == ':') {
      at_ += run.colons == 0 && run.length > 1 ? run.length : 1;
      continue;
    }
    std::string_view text = rest.substr(0, run.length);
    while (text.size() > 2 && (text.back() == '.' || (text.back() == ':' && text[text.size() - 2] != ':')))
      text.remove_suffix(1);
    at_ += run.length;
    if (const auto address = Address::parse(text)) return Literal{*address, text};
  }
  return std::nullopt;
}

std::size_t count(std::string_view text, const Address& address) noexcept {
  std::size_t found = 0;
  Literals literals(text);
  while (const auto literal = literals.next()) found += literal->address == address ? 1 : 0;
  return found;
}

}  // namespace vialens

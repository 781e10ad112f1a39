// How texts are taken apart to be masked. For the files in this folder only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/core/address.h"

namespace vialens::mask_text {

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_word(char c) noexcept { return is_digit(c) || is_letter(c) || static_cast<unsigned char>(c) > 127; }
inline bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

// A text with its %XX looked through, so that "%61lice" is alice.
class Plain {
 public:
  explicit Plain(std::string_view text);
  std::string_view text() const noexcept { return plain_; }
  std::string_view raw(std::size_t from, std::size_t to) const noexcept {
    return raw_.substr(starts_[from], starts_[to] - starts_[from]);
  }
  // The replacement for from..to, escaped as that was.
  std::string spelled(std::size_t from, std::size_t to, std::string_view replacement) const;

 private:
  std::string_view raw_;
  std::string plain_;
  std::vector<std::size_t> starts_;  // of each plain character in the raw text, and its end
};

std::string unescaped(std::string_view text);
std::string escaped(std::string_view text);  // as a part of a URI (RFC 3261 25.1)

struct Found {
  Address address;
  std::size_t length = 0;
};

// An IP address that begins at this place. Other than vialens::Literals, which serves comparisons, this takes leading
// zeros and addresses that stick to letters for what they are: what is missed here is told to strangers.
std::optional<Found> address_at(std::string_view text, std::size_t at) noexcept;

// The place of the first of `wanted` outside of quotes (and, unless they are wanted, of angle brackets); npos if none.
std::size_t find_outside(std::string_view text, std::string_view wanted, std::size_t from = 0) noexcept;

// The parts between separators that stand outside of quotes and angle brackets, each handed to `mask`, and put together
// again.
template <class MaskPart>
std::string each_part(std::string_view text, std::string_view separator, MaskPart mask) {
  std::string result;
  for (;;) {
    const std::size_t end = find_outside(text, separator);
    result += mask(text.substr(0, end));
    if (end == std::string_view::npos) return result;
    result += text[end];
    text.remove_prefix(end + 1);
  }
}

// A text without the blanks at its ends, and these.
struct Trimmed {
  std::string_view before, text, after;
  explicit Trimmed(std::string_view all) noexcept;
};

// Whether the word belongs to SIP or SDP, and to nobody.
bool is_protocol_word(std::string_view word) noexcept;

}  // namespace vialens::mask_text

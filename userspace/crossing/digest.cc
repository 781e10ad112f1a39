#include "userspace/crossing/digest.h"

#include "userspace/core/address.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  a = (a ^ b) * 0xff51afd7ed558ccdULL;
  return a ^ (a >> 32U);
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Length of the IPv4 literal at the front, with ":port" if there is one; 0 if there is none.
std::size_t literal_length(std::string_view text) noexcept {
  std::size_t i = 0;
  int dots = 0;
  while (i < text.size() && i < 16 && (is_digit(text[i]) || text[i] == '.')) dots += text[i++] == '.';
  if (dots == 4 && text[i - 1] == '.') --i, --dots;  // the end of a sentence
  if (dots != 3 || !Address::parse(text.substr(0, i))) return 0;
  if (i + 1 < text.size() && text[i] == ':' && is_digit(text[i + 1])) {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  return i;
}

// Lines whose numbers a router has reason to change: media ports and the body's length. Names of headers are those of
// any case (RFC 3261 7.3.1).
bool has_numbers_to_mask(std::string_view line) noexcept {
  constexpr std::string_view kLength = "content-length";
  return line.starts_with("m=") || line.starts_with("l:") || line.starts_with("L:") ||
         sip::equal_ignoring_case(line.substr(0, kLength.size()), kLength);
}

}  // namespace

std::uint64_t masked_digest(std::string_view bytes) noexcept {
  std::uint64_t sum = 0;
  bool masking = false;
  char before = '\n';
  for (std::size_t i = 0; i < bytes.size(); before = bytes[i++]) {
    if (before == '\n') masking = has_numbers_to_mask(bytes.substr(i));
    if (is_digit(bytes[i]) && !is_digit(before) && before != '.') {
      const std::size_t length = literal_length(bytes.substr(i));
      if (length > 0) i += length - 1;
      if (length > 0 || masking) continue;
    }
    if (masking && is_digit(bytes[i])) continue;
    sum = mix(sum, static_cast<unsigned char>(bytes[i]));
  }
  return sum;
}

}  // namespace vialens

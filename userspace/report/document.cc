#include "userspace/report/document.h"

#include <algorithm>

#include "userspace/sink/text.h"

namespace vialens {
namespace {

bool goes_on(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }  // within a character

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

Common common_of(std::string_view before, std::string_view after) noexcept {
  const std::size_t least = std::min(before.size(), after.size());
  Common common;
  while (common.begin < least && before[common.begin] == after[common.begin]) ++common.begin;
  while (common.begin > 0 && ((common.begin < before.size() && goes_on(before[common.begin])) ||
                              (common.begin < after.size() && goes_on(after[common.begin]))))
    --common.begin;
  while (common.end < least - common.begin &&
         before[before.size() - 1 - common.end] == after[after.size() - 1 - common.end])
    ++common.end;
  while (common.end > 0 && goes_on(before[before.size() - common.end])) --common.end;
  return common;
}

}  // namespace vialens

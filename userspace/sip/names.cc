#include "userspace/sip/names.h"

#include <algorithm>

namespace vialens::sip {
namespace {

// Three digits each, one behind the other.
constexpr auto kDigits = [] {
  std::array<char, 3 * kCodes.size()> digits{};
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    digits[3 * i] = static_cast<char>('0' + kCodes[i] / 100);
    digits[3 * i + 1] = static_cast<char>('0' + kCodes[i] / 10 % 10);
    digits[3 * i + 2] = static_cast<char>('0' + kCodes[i] % 10);
  }
  return digits;
}();

// By code.
constexpr auto kIndex = [] {
  static_assert(kCodeNames <= UINT8_MAX);
  std::array<std::uint8_t, 700> index{};
  for (std::size_t code = 0; code < index.size(); ++code)
    index[code] = static_cast<std::uint8_t>(kCodes.size() + (code < 100 ? kOtherCodes.size() - 1 : code / 100 - 1));
  for (std::size_t i = 0; i < kCodes.size(); ++i) index[kCodes[i]] = static_cast<std::uint8_t>(i);
  return index;
}();

}  // namespace

std::size_t method_index(std::string_view method) noexcept {
  const auto* const found = std::find(kMethodNames.begin(), kMethodNames.end() - 1, method);
  return static_cast<std::size_t>(found - kMethodNames.begin());
}

std::size_t code_index(int status) noexcept {
  const bool is_code = status > 0 && status < static_cast<int>(kIndex.size());
  return kIndex[is_code ? static_cast<std::size_t>(status) : 0];
}

std::string_view code_name(std::size_t index) noexcept {
  if (index >= kCodes.size()) return kOtherCodes[index - kCodes.size()];
  return {kDigits.data() + 3 * index, 3};
}

}  // namespace vialens::sip

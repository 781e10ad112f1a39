#include "userspace/probe/protocol.h"

#include <fmt/format.h>

#include <charconv>

namespace vialens {
namespace {

constexpr std::size_t kCookie = 32;  // hexadecimal digits

}  // namespace

std::string mark_of_probe(std::string_view cookie, unsigned number) { return fmt::format("vl-{}-{}-", cookie, number); }
std::string mark_of_reflector(std::string_view cookie, unsigned number) {
  return fmt::format("vr-{}-{}-", cookie, number);
}

std::optional<Mark> find_mark(std::string_view bytes, std::string_view beginning) {
  std::optional<Mark> found;
  for (std::size_t at = bytes.find(beginning); at != bytes.npos; at = bytes.find(beginning, at + 1)) {
    std::string_view rest = bytes.substr(at + beginning.size());
    if (rest.size() < kCookie + 3 || rest[kCookie] != '-') continue;
    const std::string_view cookie = rest.substr(0, kCookie);
    if (cookie.find_first_not_of("0123456789abcdef") != cookie.npos) continue;
    rest.remove_prefix(kCookie + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc{} && end != rest.data() + rest.size() && *end == '-') found = {std::string(cookie), number};
  }
  return found;
}

}  // namespace vialens

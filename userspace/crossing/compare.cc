#include "userspace/crossing/compare.h"

#include <array>
#include <charconv>

#include "userspace/core/address.h"
#include "userspace/sip/fields.h"

namespace vialens {

std::string_view to_string(Field field) noexcept {
  static constexpr std::array<std::string_view, 10> kNames{
      "Via", "Contact", "Request-URI", "From", "To", "Call-ID", "SDP o=", "SDP c=", "SDP m=", "Content-Length"};
  return kNames[static_cast<std::size_t>(field)];
}

bool same_host(std::string_view a, std::string_view b) noexcept {
  if (sip::equal_ignoring_case(a, b)) return true;
  const auto x = Address::parse(a);
  return x && x == Address::parse(b);
}

void compare(const Versions& versions, std::vector<Change>& changes) {
  compare_headers(versions, changes);
  compare_sdp(versions, changes);
}

bool looks_proxied(const Versions& versions) noexcept {
  using sip::HeaderName;
  const auto vias = [](const sip::Message& message) {
    std::size_t count = 0;
    for (sip::Values values(message, HeaderName::via); values.next();) ++count;
    return count;
  };
  if (vias(versions.before) != vias(versions.after)) return true;
  const auto hops = [](const sip::Message& message) {
    int number = -1;
    const std::string_view text = message.first(HeaderName::max_forwards);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  };
  const int before = hops(versions.before);
  return before > 0 && hops(versions.after) == before - 1;
}

}  // namespace vialens

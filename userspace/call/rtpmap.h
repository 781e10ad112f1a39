// The lines a=rtpmap of a section: what payload types mean (RFC 8866 6.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "userspace/call/offer_answer.h"
#include "userspace/core/words.h"

namespace vialens {

// Calls `use` with what is behind "a=<name>:" of each such line.
template <class Use>
void each_attribute(std::string_view lines, std::string_view name, const Use& use) {
  while (const auto value = attribute(lines, name)) {
    use(*value);
    lines.remove_prefix(static_cast<std::size_t>(value->data() + value->size() - lines.data()));
  }
}

// <payload type> <name>/<clock rate>[/<channels>]
struct Rtpmap {
  std::uint8_t type = 0;
  std::string_view name;
  std::optional<std::uint32_t> clock_rate;  // Hz; nothing where it cannot be read
};

// Those of which the type can be read.
template <class Use>
void each_rtpmap(const sip::Media& media, const Use& use) {
  each_attribute(media.lines, "rtpmap", [&](std::string_view value) {
    const auto type = number_of<std::uint8_t>(take_word(value));
    if (!type || *type > 127) return;
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    const std::string_view name = take_word(value, '/');
    use(Rtpmap{*type, name, number_of<std::uint32_t>(value.substr(0, value.find_first_of("/ ")))});
  });
}

}  // namespace vialens

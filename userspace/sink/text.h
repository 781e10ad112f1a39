// Text from packets, for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace vialens {

// Control characters, and whatever else a terminal might obey, as \xNN.
std::string printable(std::string_view text);

// The same, in `width` bytes at most.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace vialens

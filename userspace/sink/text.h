// Text from packets, for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vialens {

// Control characters, and whatever else a terminal might obey, as \xNN.
std::string printable(std::string_view text);

// Text that another program made for a terminal: it keeps its line ends, tabs and colours (SGR, ECMA-48 8.3.117).
// Whatever else a terminal might obey is U+FFFD.
std::string coloured(std::string_view text);

// As printable(), in `width` bytes at most.
std::string shorten(std::string_view text, std::size_t width);

// As shorten(), each of two values of one field: what is left out is never the first place where they differ. `width`
// is 16 or more.
std::pair<std::string, std::string> shorten_both(std::string_view before, std::string_view after, std::size_t width);

// "1 packet", "2 packets"; `many` where an s does not do: "1 packet was", "2 packets were".
std::string plural(std::uint64_t count, std::string_view one, std::string_view many = "");

// Characters, which is near enough to columns of a terminal.
std::size_t columns_of(std::string_view text);

// Words on lines of at most `width` columns, all but the first of them indented. A word that is longer goes on in
// the next line. `width` is not 0.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace vialens

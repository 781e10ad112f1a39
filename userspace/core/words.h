// Words that people type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vialens {

// How many letters must be changed, added, left out or exchanged with their neighbour to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// ASCII only, as in names of fields and of makers.
std::string lower(std::string_view text);

}  // namespace vialens

// How much is followed at once, where several modules must agree.
#pragma once

#include <cstddef>

namespace vialens {

constexpr std::size_t kMostCalls = 131072;  // what a call needs for as long as it lasts has room for so many

}  // namespace vialens

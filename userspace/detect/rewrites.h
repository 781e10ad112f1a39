// What is said of a field that a box changed.
#pragma once

#include <string_view>

#include "userspace/crossing/compare.h"

namespace vialens {

inline constexpr double kRewriteConfidence = 0.99;

// The finding's id; "" for what has a detector of its own.
std::string_view rewrite_id(Field field) noexcept;

}  // namespace vialens

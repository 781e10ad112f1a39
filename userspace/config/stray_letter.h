// What the TOML library must not be given.
#pragma once

#include <optional>
#include <string_view>

#include "userspace/config/read_config.h"

namespace vialens {

// The first letter that is not ASCII and stands outside of texts and comments, where TOML has none. The library would
// find most of them, but with some (U+FB26 to U+FEFE) it runs into what it believes to be unreachable.
std::optional<FilePlace> stray_letter(std::string_view text);

}  // namespace vialens

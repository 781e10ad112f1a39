// Base64 (RFC 4648 4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vialens {

std::string base64(std::string_view bytes);
// Nothing for what is no base64, or longer than `most` characters.
std::optional<std::string> from_base64(std::string_view text, std::size_t most);

}  // namespace vialens

// The text of a message without what a NAT or an ALG has reason to change.
#pragma once

#include <cstdint>
#include <string_view>

namespace vialens {

// The same for two versions of a message that differ in IPv4 literals, their ports, media ports and lengths only.
std::uint64_t masked_digest(std::string_view bytes) noexcept;

}  // namespace vialens

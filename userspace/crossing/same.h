// When two values mean the same although they are written differently.
#pragma once

#include <cstdint>
#include <string_view>

#include "userspace/sip/fields.h"

namespace vialens {

// Names without regard to case, literals in any spelling.
bool same_host(std::string_view a, std::string_view b) noexcept;

// A port that is not written is the default one.
bool same_place(const sip::HostPort& a, const sip::HostPort& b, std::uint16_t default_port) noexcept;

std::uint16_t default_port_of(std::string_view transport) noexcept;  // of a Via
std::uint16_t default_port_of(const sip::Uri& uri) noexcept;

// Scheme, user and place; not the parameters.
bool same_target(const sip::Uri& a, const sip::Uri& b) noexcept;

// In any order; names without regard to case, and ";lr=on" is ";lr" (RFC 3261 19.1.1 has no value for it).
// `but`: a parameter that is not looked at.
bool same_params(const sip::Params& a, const sip::Params& b, std::string_view but = {}) noexcept;

// Target and parameters of the URI, display name and parameters of the header.
bool same_name_addr(const sip::NameAddr& a, const sip::NameAddr& b) noexcept;

// Display names: alice is "alice", and in quotes \" is " (RFC 3261 25.1).
bool same_display(std::string_view a, std::string_view b) noexcept;

// But for white space and folds, which may stand around , ; and = or make up one space (RFC 3261 7.3.1, 25.1).
bool same_text(std::string_view a, std::string_view b) noexcept;

}  // namespace vialens

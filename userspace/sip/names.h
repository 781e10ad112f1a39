// Methods and response codes as numbers from 0 on, for tables and labels: what is not registered shares a few.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vialens::sip {

// Those of RFC 3261 and its extensions; the last one is all others. Methods are case-sensitive (RFC 3261 7.1).
inline constexpr std::array<std::string_view, 15> kMethodNames{"INVITE",  "ACK",       "BYE",     "CANCEL",  "REGISTER",
                                                               "OPTIONS", "PRACK",     "UPDATE",  "INFO",    "REFER",
                                                               "NOTIFY",  "SUBSCRIBE", "MESSAGE", "PUBLISH", "other"};

// The registered ones (IANA, SIP parameters, response codes), in rising order.
inline constexpr std::array<std::uint16_t, 75> kCodes{
    100, 180, 181, 182, 183, 199, 200, 202, 204, 300, 301, 302, 305, 380, 400, 401, 402, 403, 404,
    405, 406, 407, 408, 410, 412, 413, 414, 415, 416, 417, 420, 421, 422, 423, 424, 425, 428, 429,
    430, 433, 436, 437, 438, 439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489,
    491, 493, 494, 500, 501, 502, 503, 504, 505, 513, 555, 580, 600, 603, 604, 606, 607, 608};

// Behind them: those of each class that are not registered, and what is no code.
inline constexpr std::array<std::string_view, 7> kOtherCodes{"1xx", "2xx", "3xx", "4xx", "5xx", "6xx", "other"};
inline constexpr std::size_t kCodeNames = kCodes.size() + kOtherCodes.size();

std::size_t method_index(std::string_view method) noexcept;  // into kMethodNames
std::size_t code_index(int status) noexcept;                 // below kCodeNames
std::string_view code_name(std::size_t index) noexcept;      // "404", "4xx"

}  // namespace vialens::sip

// Members of JSON objects from elsewhere, which may say less than they should, or something else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "userspace/sink/json.h"

namespace vialens {

std::string text_in(const Json& object, const char* key);  // "-" where there is none
std::optional<double> number_in(const Json& object, const char* key);
std::string count_in(const Json& object, const char* key);           // "-" where there is none
const Json& object_in(const Json& object, const char* key);          // {} where there is none
std::string words_in(const Json& object, const char* key);           // of an array: "alg-contact, alg-via"
std::string time_in(const Json& object, const char* key, Time now);  // "07:30:28" of today, "2026-11-21 07:30:28"
std::optional<Time> moment_in(const Json& object, const char* key);

}  // namespace vialens

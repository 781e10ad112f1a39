// What vialens says, as JSON: the same objects in JSON lines, in the API and in the store. docs/schema/*.json describe
// them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "userspace/sink/sink.h"

namespace vialens {

using Json = nlohmann::ordered_json;

Json to_json(const Finding& finding);            // {"type":"finding",...}
Json to_json(const Call& call);                  // {"type":"call",...}
Json to_json(const Registration& registration);  // {"type":"registration",...}
Json to_json(const Summary& summary);            // {"type":"summary",...}

// One line of text with its end. SIP is UTF-8 by RFC 3261 7, and anything at all in practice: what is not UTF-8 becomes
// U+FFFD.
std::string to_line(const Json& object);

}  // namespace vialens

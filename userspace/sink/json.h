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
Json to_json(const TapReport& report);           // a member of its "taps"
// Which stream it is: "tap", "direction", "src", "dst", "ssrc", "codec".
Json name_of(const CallStream& stream, std::string_view codec);
Json to_json(const CallStream& stream, std::string_view codec,
             const std::optional<double>& mos);  // of a call's "media"
// "3261 12, 18.3" is two sections of one RFC; each is told with its number.
Json rfc_of(const FindingKind& kind);
Json or_null(std::string_view text);  // "" is null
Json or_null(const std::optional<Time>& time);
Json or_null(const std::optional<double>& number);  // with three digits behind the point

// In one line, without its end. SIP is UTF-8 by RFC 3261 7, and anything at all in practice: what is not UTF-8 becomes
// U+FFFD.
std::string to_text(const Json& object);
std::string to_line(const Json& object);  // with its end

}  // namespace vialens

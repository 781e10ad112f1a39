// What differs between a message as it entered a box and as it left.
//
// Values are compared as parsed, not as written: `v:` is Via, case of host names does not matter, `:5060` behind an
// address that is otherwise the same is no difference (RFC 3261 7.3.1, 19.1.4). What every proxy may do to any message
// (Max-Forwards) is no difference either; CSeq and method are what the two were paired by.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "userspace/sip/message.h"

namespace vialens {

enum class Field : std::uint8_t {
  via,         // sent-by of a Via, or their number
  via_params,  // received, rport, branch, ...
  contact,
  request_uri,
  from,
  to,
  call_id,
  authorization,   // credentials
  route,           // Route, Record-Route, Path, Service-Route
  refer,           // Refer-To, Referred-By, Replaces
  identity,        // P-Asserted-Identity, Remote-Party-ID, Diversion, History-Info
  expires,         // lifetime of a registration or subscription
  session_timer,   // Session-Expires, Min-SE
  user_agent,      // User-Agent, Server
  text,            // what is no address: other headers, display names, the session's name, other bodies
  header_removed,  // `before` is its value
  header_added,    // `after` is its value
  sdp_origin,      // o= address
  sdp_connection,  // c= address, of the session or of one media
  sdp_media_port,  // m= port
  sdp_attribute,   // any other line of a session description
  content_length,  // no longer fits the body
  truncated,       // the end is missing
  corrupted,       // was readable, and is not any more
  count_
};

std::string_view to_string(Field field) noexcept;  // "sdp_connection"

struct Change {
  Field field;
  std::string_view where;          // as a user would look for it: "Contact", "P-Asserted-Identity", "SDP c="
  std::string_view before, after;  // as written, views into the two messages; empty where there was none
};

// What both messages are read for only once.
struct Versions {
  const sip::Message& before;
  const sip::Message& after;
};

// A family of rules: each looks at the two versions and adds what it finds changed.
void compare_headers(const Versions& versions, std::vector<Change>& changes);        // those that name addresses
void compare_other_headers(const Versions& versions, std::vector<Change>& changes);  // all others
void compare_body(const Versions& versions, std::vector<Change>& changes);
void compare_sdp(std::string_view before_text, std::string_view after_text, std::vector<Change>& changes);
void compare_form(const Versions& versions, std::vector<Change>& changes);  // is it still whole and valid?

// All families.
void compare(const Versions& versions, std::vector<Change>& changes);

}  // namespace vialens

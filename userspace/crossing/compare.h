// What differs between a message as it entered a box and as it left.
//
// Values are compared as parsed, not as written: `v:` is Via, case of host names does not matter, `:5060` behind an
// address that is otherwise the same is no difference (RFC 3261 7.3.1, 19.1.4).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "userspace/sip/message.h"

namespace vialens {

enum class Field : std::uint8_t {
  via,  // top Via sent-by
  contact,
  request_uri,
  from,
  to,
  call_id,
  sdp_origin,      // o= address
  sdp_connection,  // c= address, of the session or of one media
  sdp_media_port,  // m= port
  content_length,  // no longer fits the body
};

std::string_view to_string(Field field) noexcept;  // as a user would look for it: "Via", "SDP c="

struct Change {
  Field field;
  std::string_view before, after;  // the values as written; views into the two messages
};

// What both messages are read for only once.
struct Versions {
  const sip::Message& before;
  const sip::Message& after;
};

// A family of rules: each looks at the two versions and adds what it finds changed.
void compare_headers(const Versions& versions, std::vector<Change>& changes);
void compare_sdp(const Versions& versions, std::vector<Change>& changes);

// The same host: names without regard to case, literals in any spelling.
bool same_host(std::string_view a, std::string_view b) noexcept;

// All families.
void compare(const Versions& versions, std::vector<Change>& changes);

// A SIP proxy in between has done more than edit: it pushed or popped a Via, and it counts Max-Forwards down
// (RFC 3261 16.6). What it changes is its right.
bool looks_proxied(const Versions& versions) noexcept;

}  // namespace vialens

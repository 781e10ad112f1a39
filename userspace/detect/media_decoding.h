// Whether a party can play what arrives at it: payload type, meaning and encryption are as it announced them (RFC 3264
// 6.1, RFC 3711, RFC 4568). What it cannot play, it hears as silence or as noise.
//
// Its own announcement decides, not that of the other end: a sender may use whatever the receiver has listed. Nothing
// is said of comfort noise, of streams that have had an agreed type, of what went on in a type that an earlier
// agreement had, and where the other end names the type for something that the party plays under another number.
#pragma once

#include <optional>
#include <string>

#include "userspace/call/call_media.h"
#include "userspace/finding/finding.h"

namespace vialens {

struct Unplayable {
  double confidence = 0;
  Time since{};
  std::string why{};    // a clause without a subject
  Evidence evidence{};  // its field is "payload type" or "encryption": what was announced and what comes
};

// Of what arrives at `party` where it is nearest, which goes on; nothing before `settled` counts. `name`: of the party.
std::optional<Unplayable> unplayable(const CallMedium& call, Party party, Time settled, const std::string& name);

// What somebody on the way made of the keys that either of the two announced; a clause without a subject, empty if
// nothing: one of them offered encryption and the other one was told so, but not the keys.
std::string keys_taken_away(const CallMedium& call);

}  // namespace vialens

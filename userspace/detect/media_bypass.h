// Media that was agreed to go past this place: directly from one end to the other, or by way of a relay that is neither
// the phone nor the box. That none of it is seen here means nothing then.
#pragma once

#include <optional>

#include "userspace/call/call_media.h"
#include "userspace/crossing/box.h"

namespace vialens {

struct Bypass {
  const PlaceOfCall* place;  // that shows it
  bool direct;               // else relayed
};

// By what each of the two announced, as some place shows it.
std::optional<Bypass> media_bypass(const CallMedium& call, const Box& box);

}  // namespace vialens

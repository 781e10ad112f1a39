// Whether a change was no more than a NAT's work done right: the box's own address and port in the place of the
// phone's.
#pragma once

#include "userspace/crossing/crossing.h"

namespace vialens {

// Everything else of the value is as it was, and who sends to what stands there now reaches the phone as before. A
// media port may be any: which one is open, the media shows. Nothing is right that was passed on by a proxy, or that no
// NAT would have to change.
bool is_translation(const Change& change, const Crossing& crossing) noexcept;

}  // namespace vialens

// What a phone and its provider would say to each other, by one link: registration, calls, and messages in the poses
// that ALGs are known to stumble over.
#pragma once

#include "userspace/probe/link.h"

namespace vialens {

void talk(Link& link);

}  // namespace vialens

// A call's record without who talked to whom: for evidence that is handed on.
#pragma once

#include "userspace/evidence/call_record.h"
#include "userspace/mask/mask.h"

namespace vialens::app {

// The messages, their end points, what changed and what was found, all masked under the same key, so that they still
// fit each other. The streams of the call are left out: the file has none.
CallRecord masked(const CallRecord& record, const Mask& mask);

}  // namespace vialens::app

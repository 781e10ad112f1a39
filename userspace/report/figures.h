// Drawings of a report: a call as a ladder, and how its streams went over time.
#pragma once

#include "userspace/report/document.h"
#include "userspace/sink/json.h"

namespace vialens {

Figure ladder_figure(const Json& ladder);
// Loss, jitter and MOS of one stream; nothing to see in it, and no svg, where there are fewer than two samples.
Figure media_figure(const Json& stream);

}  // namespace vialens

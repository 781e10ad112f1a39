// Masks objects of the API: all that leaves the box in a report.
#pragma once

#include "userspace/mask/mask.h"
#include "userspace/sink/json.h"

namespace vialens::app {

// Every text in it is masked: by what it is where that is known, as prose elsewhere. Left alone is what vialens itself
// says: ids, times, states, titles, remedies.
Json masked(const Json& object, const Mask& mask);

}  // namespace vialens::app

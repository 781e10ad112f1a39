// What /api/v1/status answers, for a person: first whether all is well and what to do, then what that rests on.
#pragma once

#include <string>

#include "userspace/sink/grid.h"
#include "userspace/sink/json.h"

namespace vialens::app {

std::string status_text(const Json& status, const TableLayout& layout);

}  // namespace vialens::app

// What `vialens probe` says, for people and as JSON.
#pragma once

#include <string>

#include "userspace/probe/probe.h"
#include "userspace/sink/grid.h"
#include "userspace/sink/json.h"

namespace vialens::app {

Json to_json(const ProbeResult& result);
std::string probe_text(const ProbeResult& result, const TableLayout& layout);

}  // namespace vialens::app

// A ladder as JSON, for the web page, the API and `vialens show --json`. docs/schema/ladder.schema.json describes it.
#pragma once

#include "userspace/evidence/ladder.h"
#include "userspace/sink/json.h"

namespace vialens {

Json to_json(const Ladder& ladder);  // {"type":"ladder",...}

}  // namespace vialens

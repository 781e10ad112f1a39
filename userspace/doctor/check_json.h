// A check as JSON: docs/schema/check.schema.json.
#pragma once

#include "userspace/doctor/check.h"
#include "userspace/sink/json.h"

namespace vialens {

Json to_json(const Check& check);

}  // namespace vialens

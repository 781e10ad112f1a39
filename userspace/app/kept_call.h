// A call or registration that is over and forgotten, and of which a history still has what was found: no messages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "userspace/app/kept.h"
#include "userspace/sink/grid.h"

namespace vialens::app {

struct KeptCall {
  std::string object;  // of the JSON lines, as the findings are
  bool registration = false;
  std::vector<std::string> findings;
};

// Nothing where it is not kept, or nothing is. `call_id`: all of it; "" is the last call.
std::optional<KeptCall> find_kept(const Kept& kept, const std::string& call_id);

std::string text_of(const KeptCall& call, const TableLayout& layout);

}  // namespace vialens::app

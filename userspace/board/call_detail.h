// One call or registration with all that is known of it, as /api/v1/calls/ID answers and a report is made of.
#pragma once

#include <optional>
#include <string_view>

#include "userspace/board/board.h"
#include "userspace/sink/json.h"

namespace vialens {

// {"call", "registration", "ladder", "findings", "media"}, the gravest finding first; what there is none of is null.
// Nothing if nobody knows of it, neither the board nor a ladder.
std::optional<Json> call_detail(const Board& board, std::string_view call_id, std::optional<Json> ladder);

}  // namespace vialens

// What the server answers from. All of it is asked from any thread, and outlives the server.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/board/board.h"
#include "userspace/sink/json.h"

namespace vialens {

struct Sources {
  const Board& board;
  // The ladder of the call or registration with this Call-ID, and its evidence as a pcapng; nothing where it is not
  // known.
  std::function<std::optional<Json>(std::string_view call_id)> ladder;
  std::function<std::optional<std::string>(std::string_view call_id, bool mask)> evidence;
  std::function<std::string(bool openmetrics)> metrics;
  std::function<std::string()> not_ready;  // which interface is not watched; empty: all are
  Time started{};
  std::string_view version;
  // The ladder as text for a terminal of so many columns.
  std::function<std::optional<std::string>(std::string_view call_id, std::size_t width, bool colour)> ladder_text{};
  // What the history keeps, as JSON; none where none is kept. InputError says why it cannot be read.
  struct Kept {
    std::function<Page<std::string>(const Filter&)> calls, findings, registrations;
  };
  Kept kept{};
};

}  // namespace vialens

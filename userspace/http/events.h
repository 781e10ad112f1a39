// What happens, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/board/board.h"

namespace vialens {

class EventStream {
 public:
  // `last_id`: of the last event that the listener has; 0: what is remembered is told from its beginning.
  // `types`: only these; none: all.
  EventStream(const Board& board, std::uint64_t last_id, std::vector<std::string> types)
      : board_(board), last_(last_id), types_(std::move(types)) {}

  // The text of what came since the last call; waits a little if there is nothing. Now and then a comment, so that who
  // went away is noticed.
  std::string next();

 private:
  static constexpr std::chrono::milliseconds kPatience{1000};
  static constexpr int kQuiet = 15;  // times that nothing comes, before a comment

  bool wanted(std::string_view type) const;

  const Board& board_;
  std::uint64_t last_;
  std::vector<std::string> types_;
  int quiet_ = kQuiet;  // at once: the listener sees that it is heard
};

}  // namespace vialens

// A call as people draw it: one row for each message, with what it was on both sides of the box.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "userspace/evidence/call_record.h"

namespace vialens {

struct LadderRow {
  std::size_t number = 0;                    // from 1
  Time time;                                 // of its first sighting
  Direction direction = Direction::unknown;  // out: from the phone to the provider
  std::string summary;                       // "INVITE sdp", "200 OK (INVITE) sdp"
  std::string method;                        // of a response: of its request
  int status = 0;                            // 0 for a request
  std::uint32_t cseq = 0;
  bool refusal = false;  // a final response that is no success, but for a challenge that was met (RFC 3261 22.1)
  // One may be missing: it was not seen there. `wan` has what was captured anywhere but on the LAN side.
  std::shared_ptr<const LoggedMessage> lan, wan;
  // Of those that were seen on both sides.
  std::optional<Duration> transit;  // below zero if the clocks of two captures disagree
  std::optional<Grade> grade;
  std::vector<LoggedChange> changes;
  std::optional<std::size_t> repeat_of;  // the number of the row that has the same message, sent before
  std::vector<std::size_t> findings;     // that it is evidence of: indices into Ladder::findings
};

struct Ladder {
  std::string call_id;
  std::vector<LadderRow> rows;  // in the order of time
  std::uint64_t dropped = 0;    // messages that are not told, behind the row with this number (0: before all)
  std::size_t dropped_after = 0;
  std::vector<Finding> findings;

  bool seen_on_lan() const noexcept;
  bool seen_on_wan() const noexcept;
};

Ladder ladder_of(const CallRecord& record);

}  // namespace vialens

// What was kept of one call or registration: its SIP as it was seen at every tap, and what was found in it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "userspace/call/call.h"
#include "userspace/capture/tap_info.h"
#include "userspace/crossing/crossing.h"
#include "userspace/finding/finding.h"

namespace vialens {

struct LoggedMessage {
  std::uint64_t number = 0;  // of all messages at all taps, from 1
  Time time;
  const TapInfo* tap = nullptr;  // outlives the record
  Transport transport = Transport::udp;
  Endpoint source, destination;
  bool cut = false;  // the wire had more of it
  std::string bytes;
};

struct LoggedChange {
  Field field;
  std::string where, before, after;
};

// Two messages, by number, that are one on both sides of the box.
struct LoggedCrossing {
  std::uint64_t entry = 0, exit = 0;
  Direction direction = Direction::unknown;
  Grade grade = Grade::unchanged;
  std::vector<LoggedChange> changes;
};

struct CallRecord {
  std::string call_id;              // as the phone uses it
  std::vector<std::string> others;  // Call-IDs that the box made of it; the first few
  // As last told. Neither is there for what is no call and no registration, such as OPTIONS.
  std::optional<Call> call;
  std::optional<Registration> registration;
  std::vector<std::shared_ptr<const LoggedMessage>> messages;  // in the order of their numbers
  std::vector<std::shared_ptr<const LoggedCrossing>> crossings;
  std::vector<Finding> findings;    // one of a kind
  std::uint64_t dropped = 0;        // messages that there was no room for
  std::uint64_t dropped_after = 0;  // number of the message that they came after
};

}  // namespace vialens

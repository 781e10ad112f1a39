// What a detector is told, and what it answers with.
//
// A detector is one file: it looks at the events that it overrides and adds findings. It keeps what state it needs,
// bounded, reads no clock and does no I/O. all.cc lists the detectors.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "userspace/crossing/compare.h"
#include "userspace/crossing/sighting.h"
#include "userspace/finding/findings.h"

namespace vialens {

// One message seen on both sides of the box.
struct Crossing {
  const Sighting& entry;
  const Sighting& exit;
  Direction direction;              // out: from the LAN to the WAN side
  std::span<const Change> changes;  // empty if nothing of meaning differs
  std::string_view call_id;         // as the call is known
};

// A message that was seen on one side, and by the end of the matching window not on the other.
struct Stray {
  const Sighting& sighting;
  std::string_view call_id;
  Time now;
};

class Detector {
 public:
  virtual ~Detector() = default;

  virtual void on_crossing(const Crossing&, Findings&) {}
  virtual void on_stray(const Stray&, Findings&) {}
  // From here back the capture may have missed packets: nothing may be concluded from what was not seen.
  virtual void on_capture_loss(Time) {}
};

using Detectors = std::vector<std::unique_ptr<Detector>>;

Detectors all_detectors();

// What a finding about this message is about: its call, its registration, or the box.
Subject subject_of(const sip::Message& message, std::string_view call_id);

// "INVITE", "200 INVITE"
std::string describe(const sip::Message& message);

}  // namespace vialens

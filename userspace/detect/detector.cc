#include "userspace/detect/detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/call/call_table.h"

namespace vialens {

namespace {

Time latest(std::span<const Time> times, std::span<const TapInfo> taps, Side side) {
  Time last{};
  for (const TapInfo& tap : taps)
    if (tap.side == side) last = std::max(last, times[tap.id]);
  return last;
}

}  // namespace

Time Scene::last_heard(Side side) const { return latest(heard, taps, side); }
bool Scene::is_live(Side side) const {
  return std::any_of(taps.begin(), taps.end(),
                     [&](const TapInfo& tap) { return tap.side == side && tap.direction != Direction::unknown; });
}
bool Scene::shows_media(Side side) const { return is_live(side) || latest(streams, taps, side) != Time{}; }
Time Scene::last_packet(Side side) const { return latest(packets, taps, side); }

Subject subject_of(const sip::Message& message, std::string_view call_id) {
  static constexpr std::string_view kOfCalls[] = {"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER"};
  Subject subject;
  if (message.method() == "REGISTER") {
    subject.kind = Subject::Kind::registration;
    subject.aor = aor_of(message);
    return subject;
  }
  const bool of_call = std::find(std::begin(kOfCalls), std::end(kOfCalls), message.method()) != std::end(kOfCalls);
  return of_call ? subject_of_call(call_id) : subject;
}

// A router that rewrites names rewrites them both ways.
Subject subject_of(const Crossing& crossing) { return subject_of(*crossing.lan().message, crossing.call_id); }

Subject subject_of_call(std::string_view call_id) {
  Subject subject;
  subject.kind = Subject::Kind::call;
  subject.call_id = call_id;
  return subject;
}

std::string describe(const sip::Message& message) {
  return message.is_request() ? std::string(message.method())
                              : fmt::format("{} {}", message.status(), message.method());
}

Finding finding_of(const FindingKind* kind, double confidence, const Crossing& crossing) {
  Finding finding;
  finding.kind = kind;
  finding.confidence = confidence;
  finding.time = crossing.exit.time;
  finding.subject = subject_of(crossing);
  finding.segment = "lan-wan";
  finding.direction = to_string(crossing.direction);
  if (crossing.grade != Grade::unchanged) finding.grade = to_string(crossing.grade);
  return finding;
}

Finding finding_of(const FindingKind* kind, double confidence, const Sighting& sighting, std::string_view call_id) {
  Finding finding;
  finding.kind = kind;
  finding.confidence = confidence;
  finding.time = sighting.time;
  finding.subject = subject_of(*sighting.message, call_id);
  return finding;
}

Evidence evidence_of(const Sighting& sighting, std::string_view field, std::string_view before,
                     std::string_view after) {
  constexpr std::size_t kMost = 1000;  // bytes; a message may have lines of 64 KiB
  return {sighting.tap->name, describe(*sighting.message),          sighting.message->cseq(),
          std::string(field), std::string(before.substr(0, kMost)), std::string(after.substr(0, kMost))};
}

}  // namespace vialens

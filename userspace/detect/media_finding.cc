// MediaDiagnosis, what is said: the names of the two, and a finding with the counters as evidence.
#include <fmt/format.h>

#include "userspace/detect/media_diagnosis.h"

namespace vialens {

std::string MediaDiagnosis::name(const CallMedium& call, Party party) {
  if (call.from_the_start) return party == Party::caller ? "the caller" : "the called party";
  return to_string(call.of(call.nearest(party)).signalling[index(party)].address);
}

Locus MediaDiagnosis::locus(const Hearing& hearing) {
  if (hearing.unplayable) return Locus::unknown;
  if (hearing.astray || hearing.nowhere || hearing.unrouted) return Locus::astray;
  if (hearing.stopped) return Locus::broken_off;
  return hearing.in_box ? Locus::in_box : Locus::absent;
}

Finding MediaDiagnosis::finding(const FindingKind* kind, const CallMedium& call, Party deaf,
                                const Hearing& hearing) const {
  Finding finding;
  finding.kind = kind;
  finding.confidence = hearing.confidence;
  finding.time = hearing.until;
  finding.subject = subject_of_call(call.call_id);
  if (call.both()) finding.segment = "lan-wan";
  if (call.inside) finding.direction = *call.inside == deaf ? "in" : "out";
  finding.locus = locus(hearing);
  if (hearing.unplayable) finding.evidence.push_back(*hearing.unplayable);
  for (const PlaceOfCall& place : call.at) {
    if (place.tap == nullptr) continue;
    for (const Party party : {Party::caller, Party::callee})
      finding.evidence.push_back({place.tap->name, "RTP", 0,
                                  fmt::format("packets to {} since the last agreement", name(call, party)), "",
                                  std::to_string(place.to[index(party)].since)});
  }
  return finding;
}

}  // namespace vialens

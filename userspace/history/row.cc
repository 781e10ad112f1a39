#include "userspace/history/row.h"

#include "userspace/sink/json.h"

namespace vialens {
namespace {

std::string listed(const std::vector<std::string>& ids) {
  std::string list = " ";
  for (const std::string& id : ids) list += id + ' ';
  return list;
}

unsigned bit_of(Side side) noexcept { return 1U << static_cast<unsigned>(side); }

// "lan-wan", or the name of a tap: the sides that it names.
unsigned sides_in(std::string_view text) {
  unsigned sides = 0;
  for (const Side side : {Side::lan, Side::wan, Side::server})
    if (text.find(to_string(side)) != text.npos) sides |= bit_of(side);
  return sides;
}

}  // namespace

std::int64_t microseconds_of(Time time) noexcept {
  return std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch().count();
}

Row row_of(const Finding& finding) {
  Row row;
  row.type = RowType::finding;
  row.time = microseconds_of(finding.time);
  row.call_id = finding.subject.call_id;
  row.aor = finding.subject.aor;
  row.findings = listed({std::string(finding.kind->id)});
  row.severity = finding.kind->severity;
  row.confidence = finding.confidence;
  row.sides = sides_in(finding.segment);
  for (const Evidence& evidence : finding.evidence) row.sides |= sides_in(evidence.tap);
  row.json = to_text(to_json(finding));
  return row;
}

Row row_of(const Call& call) {
  Row row;
  row.type = RowType::call;
  row.time = microseconds_of(call.started);
  row.call_id = call.call_id;
  row.caller = call.from;
  row.callee = call.to;
  row.state = to_string(call.state);
  row.findings = listed(call.findings);
  for (const CallStream& stream : call.media) row.sides |= bit_of(stream.tap->side);
  row.json = to_text(to_json(call));
  return row;
}

Row row_of(const Registration& registration) {
  Row row;
  row.type = RowType::registration;
  row.time = microseconds_of(registration.last_seen);
  row.call_id = registration.call_id;
  row.aor = registration.aor;
  row.state = to_string(registration.state);
  row.findings = listed(registration.findings);
  row.json = to_text(to_json(registration));
  return row;
}

}  // namespace vialens

#include "userspace/evidence/ladder_json.h"

#include <cmath>

namespace vialens {
namespace {

Json or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json sighting_of(const std::shared_ptr<const LoggedMessage>& message) {
  if (!message) return nullptr;
  return {{"time", to_rfc3339(message->time)},          {"tap", message->tap->name},
          {"transport", to_string(message->transport)}, {"src", to_string(message->source)},
          {"dst", to_string(message->destination)},     {"text", message->bytes}};
}

Json changes_of(const LadderRow& row) {
  Json list = Json::array();
  for (const LoggedChange& change : row.changes)
    list.push_back({{"field", to_string(change.field)},
                    {"where", change.where},
                    {"before", or_null(change.before)},
                    {"after", or_null(change.after)}});
  return list;
}

Json row_of(const LadderRow& row, const Ladder& ladder) {
  Json findings = Json::array();
  for (const std::size_t i : row.findings) findings.push_back(ladder.findings[i].kind->id);
  Json transit = nullptr;
  if (row.transit) transit = std::round(std::chrono::duration<double, std::micro>(*row.transit).count()) / 1000;
  return {{"number", row.number},
          {"time", to_rfc3339(row.time)},
          {"direction", row.direction == Direction::unknown ? Json(nullptr) : Json(to_string(row.direction))},
          {"summary", row.summary},
          {"method", row.method},
          {"status", row.status <= 0 ? Json(nullptr) : Json(row.status)},
          {"cseq", row.cseq},
          {"refusal", row.refusal},
          {"lan", sighting_of(row.lan)},
          {"wan", sighting_of(row.wan)},
          {"transit_ms", transit},
          {"grade", row.grade ? Json(to_string(*row.grade)) : Json(nullptr)},
          {"repeat_of", row.repeat_of ? Json(*row.repeat_of) : Json(nullptr)},
          {"changes", changes_of(row)},
          {"findings", findings}};
}

}  // namespace

Json to_json(const Ladder& ladder) {
  Json rows = Json::array();
  for (const LadderRow& row : ladder.rows) rows.push_back(row_of(row, ladder));
  Json findings = Json::array();
  for (const Finding& finding : ladder.findings) findings.push_back(to_json(finding));
  return {{"type", "ladder"},
          {"call_id", ladder.call_id},
          {"columns", {"phone", "lan", "wan", "provider"}},
          {"rows", rows},
          {"dropped", ladder.dropped},
          {"dropped_after", ladder.dropped == 0 ? Json(nullptr) : Json(ladder.dropped_after)},
          {"findings", findings}};
}

}  // namespace vialens

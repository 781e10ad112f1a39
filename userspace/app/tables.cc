#include "userspace/app/tables.h"

#include <fmt/format.h>

#include "userspace/finding/finding.h"
#include "userspace/sink/json_fields.h"

namespace vialens::app {
namespace {

using Kind = Grid::Kind;

std::string seconds_of(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string milliseconds_in(const Json& object, const char* key) {
  const auto number = number_in(object, key);
  return number ? fmt::format("{:.1f} ms", *number) : "-";
}

// Of an address people know what is behind "sip:".
std::string party_in(const Json& object, const char* key) {
  const std::string party = text_in(object, key);
  return party.starts_with("sip:") ? party.substr(4) : party;
}

std::string setup_of(const Json& call) {
  const auto setup = number_in(call, "setup_ms");
  return setup ? seconds_of(*setup / 1000) : "-";
}

// Of a call that is up, until now.
std::string talk_of(const Json& call, Time now) {
  const auto answered = moment_in(call, "answered");
  const auto ended = moment_in(call, "ended");
  if (!answered || (!ended && text_in(call, "state") != "answered")) return "-";
  return seconds_of(std::chrono::duration<double>(ended.value_or(now) - *answered).count());
}

std::string_view colour_of_state(const std::string& state) {
  if (state == "failed" || state == "unanswered" || state == "rejected") return ansi::kRed;
  if (state == "answered" || state == "registered") return ansi::kGreen;
  return state == "calling" || state == "ringing" || state == "asked" || state == "challenged" ? ansi::kCyan
                                                                                               : std::string_view();
}

// Ids, and before them why it failed.
Grid::Cell findings_of(const Json& object, const std::string& reason) {
  const std::string ids = words_in(object, "findings");
  if (reason != "-") return {ids == "-" ? reason : reason + "; " + ids, ansi::kYellow};
  return {ids, ids == "-" ? std::string_view() : ansi::kYellow};
}

std::string subject_of(const Json& finding) {
  for (const char* const key : {"call_id", "aor"})
    if (std::string subject = text_in(finding, key); subject != "-") return subject;
  return "the router";
}

Grid::Cell severity_of(const Json& finding) {
  const std::string severity = text_in(finding, "severity");
  for (const Severity known : {Severity::info, Severity::warning, Severity::critical})
    if (severity == to_string(known)) return {severity, colour_of(known)};
  return {severity};
}

std::string confidence_of(const Json& finding) {
  const auto confidence = number_in(finding, "confidence");
  return confidence ? std::string(confidence_word(*confidence)) : "-";
}

// Share of those that were sent.
Grid::Cell loss_of(const Json& flow) {
  const double lost = number_in(flow, "lost").value_or(0);
  const double sent = lost + number_in(flow, "packets").value_or(0);
  if (!(lost > 0)) return {"0 %"};
  const double percent = 100 * lost / sent;
  return {percent < 0.1 ? "< 0.1 %" : fmt::format("{:.1f} %", percent), percent < 1 ? ansi::kYellow : ansi::kRed};
}

// Below 3.6 many, below 3.1 nearly all are dissatisfied (ITU-T G.107 annex B).
Grid::Cell mos_of(const Json& flow) {
  const auto mos = number_in(flow, "mos");
  if (!mos) return {"-"};
  return {fmt::format("{:.1f}", *mos), *mos < 3.1 ? ansi::kRed : *mos < 3.6 ? ansi::kYellow : ansi::kGreen};
}

template <class Row>
std::string table(std::vector<Grid::Column> columns, const std::vector<std::string>& items, const TableLayout& layout,
                  Row row) {
  Grid grid(std::move(columns));
  for (const std::string& item : items) grid.add(row(Json::parse(item, nullptr, false)));
  return grid.text(layout);
}

}  // namespace

std::string call_table(const std::vector<std::string>& calls, const TableLayout& layout) {
  return table({{"started"},
                {"from"},
                {"to"},
                {"state"},
                {"setup", Kind::figure},
                {"talk", Kind::figure},
                {"Call-ID", Kind::wide},
                {"findings", Kind::wide}},
               calls, layout, [&](const Json& call) -> std::vector<Grid::Cell> {
                 const std::string state = text_in(call, "state");
                 const bool failed = state == "failed" || state == "unanswered";
                 return {{time_in(call, "started", layout.now)},
                         {party_in(call, "from")},
                         {party_in(call, "to")},
                         {state, colour_of_state(state)},
                         {setup_of(call)},
                         {talk_of(call, layout.now)},
                         {text_in(call, "call_id")},
                         findings_of(call, failed ? text_in(call, "end_reason") : "-")};
               });
}

std::string finding_table(const std::vector<std::string>& findings, const TableLayout& layout) {
  return table({{"time"}, {"severity"}, {"finding"}, {"sure"}, {"about", Kind::wide}, {"what", Kind::wide}}, findings,
               layout, [&](const Json& finding) -> std::vector<Grid::Cell> {
                 return {{time_in(finding, "time", layout.now)},
                         severity_of(finding),
                         {text_in(finding, "id"), ansi::kBold},
                         {confidence_of(finding)},
                         {subject_of(finding)},
                         {text_in(finding, "detail")}};
               });
}

std::string registration_table(const std::vector<std::string>& registrations, const TableLayout& layout) {
  return table({{"last seen"}, {"address of record"}, {"state"}, {"contact", Kind::wide}, {"findings", Kind::wide}},
               registrations, layout, [&](const Json& registration) -> std::vector<Grid::Cell> {
                 const std::string state = text_in(registration, "state");
                 return {{time_in(registration, "last_seen", layout.now)},
                         {party_in(registration, "aor")},
                         {state, colour_of_state(state)},
                         {text_in(registration, "contact")},
                         findings_of(registration, text_in(registration, "reason"))};
               });
}

std::string flow_table(const std::vector<std::string>& flows, const TableLayout& layout) {
  return table({{"tap"},
                {"way"},
                {"codec"},
                {"packets", Kind::figure},
                {"lost", Kind::figure},
                {"jitter", Kind::figure},
                {"gap", Kind::figure},
                {"MOS", Kind::figure},
                {"from -> to", Kind::wide},
                {"call", Kind::wide}},
               flows, layout, [](const Json& flow) -> std::vector<Grid::Cell> {
                 return {{text_in(flow, "tap")},
                         {text_in(flow, "direction")},
                         {text_in(flow, "codec")},
                         {count_in(flow, "packets")},
                         loss_of(flow),
                         {milliseconds_in(flow, "jitter_ms")},
                         {milliseconds_in(flow, "max_gap_ms")},
                         mos_of(flow),
                         {text_in(flow, "src") + " -> " + text_in(flow, "dst")},
                         {text_in(flow, "call_id")}};
               });
}

std::string tap_table(const std::vector<std::string>& taps, const TableLayout& layout) {
  return table({{"interface"},
                {"side"},
                {"way"},
                {"hook"},
                {"packets", Kind::figure},
                {"SIP", Kind::figure},
                {"RTP", Kind::figure},
                {"lost", Kind::figure}},
               taps, layout, [](const Json& tap) -> std::vector<Grid::Cell> {
                 const Json& outcomes = object_in(tap, "outcomes");
                 const double sip =
                     number_in(outcomes, "sip").value_or(0) + number_in(outcomes, "tcp-segment").value_or(0);
                 const std::string lost = count_in(tap, "lost");
                 return {{text_in(tap, "interface")},
                         {text_in(tap, "side")},
                         {text_in(tap, "direction")},
                         {text_in(tap, "hook")},
                         {count_in(tap, "packets")},
                         {fmt::format("{:.0f}", sip)},
                         {fmt::format("{:.0f}", number_in(outcomes, "rtp").value_or(0))},
                         {lost, lost == "0" || lost == "-" ? std::string_view() : ansi::kRed}};
               });
}

}  // namespace vialens::app

// One call, or one registration, for a ticket.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/finding/finding.h"
#include "userspace/report/figures.h"
#include "userspace/report/report.h"
#include "userspace/sink/json_fields.h"

namespace vialens {
namespace {

const Json& array_in(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

bool is_told(const Json& finding) {
  return is_alarm(text_in(finding, "id"), number_in(finding, "confidence").value_or(0));
}

// What can be read aloud: the verdict of the gravest finding, or what was seen.
Chapter in_short(const Json& findings) {
  Chapter section{"In short", {}};
  const auto worst = std::find_if(findings.begin(), findings.end(), is_told);
  if (worst == findings.end()) {
    section.blocks.emplace_back(Paragraph{"Nothing wrong was found.", Tone::good});
    return section;
  }
  const std::string verdict = text_in(*worst, "verdict");
  section.blocks.emplace_back(Paragraph{verdict == "-" ? text_in(*worst, "detail") : verdict,
                                        text_in(*worst, "severity") == "critical" ? Tone::bad : Tone::warning});
  if (verdict != "-") section.blocks.emplace_back(Paragraph{text_in(*worst, "detail")});
  return section;
}

Chapter facts_of(const Json& call, const Json& registration) {
  Chapter section{"The call", {}};
  Table table{{"", ""}, {}};
  const auto row = [&](std::string name, const Json& object, const char* key) {
    if (const std::string value = text_in(object, key); value != "-") table.rows.push_back({std::move(name), value});
  };
  if (call.is_object()) {
    row("from", call, "from");
    row("to", call, "to");
    row("Call-ID", call, "call_id");
    row("state", call, "state");
    row("started", call, "started");
    row("answered", call, "answered");
    row("ended", call, "ended");
    row("ended by", call, "end_reason");
    if (const auto setup = number_in(call, "setup_ms"))
      table.rows.push_back({"set-up", fmt::format("{:.1f} s", *setup / 1000)});
  } else {
    section.title = "The registration";
    row("address of record", registration, "aor");
    row("Call-ID", registration, "call_id");
    row("state", registration, "state");
    row("contact", registration, "contact");
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

Chapter media_of(const Json& call, const Json& histories) {
  Chapter section{"Sound", {}};
  Table table{
      {"tap", "direction", "from", "to", "codec", "packets", "lost", "jitter ms", "longest gap ms", "MOS about"}, {}};
  const auto figure = [](const Json& stream, const char* key) {
    const auto value = number_in(stream, key);
    return value ? fmt::format("{:.1f}", *value) : std::string("-");
  };
  for (const Json& stream : array_in(call, "media"))
    table.rows.push_back({text_in(stream, "tap"), text_in(stream, "direction"), text_in(stream, "src"),
                          text_in(stream, "dst"), text_in(stream, "codec"), count_in(stream, "packets"),
                          count_in(stream, "lost"), figure(stream, "jitter_ms"), figure(stream, "max_gap_ms"),
                          figure(stream, "mos")});
  if (table.rows.empty()) {
    section.blocks.emplace_back(Paragraph{"No packet of its sound was seen."});
    return section;
  }
  section.blocks.emplace_back(std::move(table));
  for (const Json& history : histories)
    if (Figure plot = media_figure(history); !plot.svg.empty()) section.blocks.emplace_back(std::move(plot));
  return section;
}

// What the router changed, message by message; each change once.
Chapter changes_of(const Json& ladder) {
  Chapter section{"What the router changed", {}};
  constexpr std::size_t kMost = 60;
  std::vector<std::string> told;
  for (const Json& row : array_in(ladder, "rows"))
    for (const Json& change : array_in(row, "changes")) {
      const std::string where = fmt::format("{} ({})", text_in(change, "where"), text_in(row, "summary"));
      const std::string before = text_in(change, "before"), after = text_in(change, "after");
      const std::string key = fmt::format("{}\n{}\n{}", where, before, after);
      if (std::find(told.begin(), told.end(), key) != told.end() || told.size() >= kMost) continue;
      told.push_back(key);
      section.blocks.emplace_back(Changed{where, before, after});
    }
  return section;
}

}  // namespace

Document call_report(const ReportParts& parts) {
  const Json& detail = parts.call;
  const Json& call = object_in(detail, "call");
  const Json& registration = object_in(detail, "registration");
  const Json& ladder = object_in(detail, "ladder");
  const Json& findings = array_in(detail, "findings");
  const bool is_call = call.contains("call_id");
  Document document;
  document.title = is_call ? fmt::format("Call from {} to {}", text_in(call, "from"), text_in(call, "to"))
                           : fmt::format("Registration of {}", text_in(registration, "aor"));
  document.sections.push_back(in_short(findings));
  const auto worst = std::find_if(findings.begin(), findings.end(), is_told);
  if (worst != findings.end()) {
    const std::string remedy = text_in(*worst, "remedy");
    document.sections.push_back(what_to_do(remedy, remedy.find("ALG") != remedy.npos, parts));
  }
  document.sections.push_back(facts_of(is_call ? call : Json(), registration));
  Chapter found{"What was found", {}};
  for (const Json& finding : findings)
    if (is_told(finding))
      for (Block& block : blocks_of_finding(finding)) found.blocks.emplace_back(std::move(block));
  if (!found.blocks.empty()) document.sections.push_back(std::move(found));
  if (!array_in(ladder, "rows").empty()) document.sections.push_back({"Messages", {ladder_figure(ladder)}});
  if (Chapter changes = changes_of(ladder); !changes.blocks.empty()) document.sections.push_back(std::move(changes));
  if (is_call) document.sections.push_back(media_of(call, array_in(detail, "media")));
  if (Chapter box = box_facts(parts); !box.blocks.empty()) document.sections.push_back(std::move(box));
  document.footer = footer_of(parts);
  return document;
}

}  // namespace vialens

// Sections of a report that a call's and a box's have in common.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/finding/finding.h"
#include "userspace/report/report.h"
#include "userspace/sink/json_fields.h"

namespace vialens {
namespace {

std::string words_of(std::string_view sure) {
  if (sure == "documented") return "documented by its maker or in its source";
  if (sure == "reported") return "reported by users or VoIP providers";
  return "assumed: nobody has checked";
}

}  // namespace

std::vector<Block> blocks_of_finding(const Json& finding) {
  const std::string id = text_in(finding, "id");
  const double confidence = number_in(finding, "confidence").value_or(0);
  const std::string severity = text_in(finding, "severity");
  const Tone tone = severity == "critical" ? Tone::bad : severity == "warning" ? Tone::warning : Tone::plain;
  std::vector<Block> blocks;
  blocks.emplace_back(Paragraph{
      fmt::format("{}: {} ({}, {:.2f})", id, text_in(finding, "title"), confidence_word(confidence), confidence),
      tone});
  blocks.emplace_back(Paragraph{text_in(finding, "detail")});
  if (const FindingKind* const kind = find_kind(id))
    blocks.emplace_back(Paragraph{fmt::format("What it means: {}", kind->meaning)});
  const bool is_change = id.starts_with("alg-");  // otherwise one value is what was seen
  if (const auto evidence = finding.find("evidence"); evidence != finding.end() && evidence->is_array())
    for (const Json& one : *evidence) {
      const std::string before = text_in(one, "before"), after = text_in(one, "after");
      const auto value = [](const std::string& text) { return text == "-" ? std::string() : text; };
      if (value(before).empty() && value(after).empty()) continue;
      std::string where =
          fmt::format("{} of {} at {}", text_in(one, "field"), text_in(one, "message"), text_in(one, "tap"));
      if (value(before).empty() && !is_change)
        blocks.emplace_back(Paragraph{fmt::format("{}: {}", where, after)});
      else if (before == after)  // what is wrong is that it was left
        blocks.emplace_back(Paragraph{fmt::format("{}: {}, as before", where, after)});
      else if (id.starts_with("hint-"))  // of one message, which contradicts itself
        blocks.emplace_back(Paragraph{fmt::format("{}: {}, and {}", where, value(before), value(after))});
      else
        blocks.emplace_back(Changed{std::move(where), value(before), value(after)});
    }
  return blocks;
}

Chapter what_to_do(const std::string& remedy, bool about_alg, const ReportParts& parts) {
  Chapter section{"What to do", {}};
  if (!remedy.empty() && remedy != "-") section.blocks.emplace_back(Paragraph{remedy});
  if (!about_alg) return section;
  if (!parts.guesses.empty()) {
    std::string names;
    for (const Guess& guess : parts.guesses) names += (names.empty() ? "" : "; ") + guess.product->name;
    section.blocks.emplace_back(
        Paragraph{fmt::format("A guess, since {}: the router is {}.", parts.guesses.front().why, names)});
  }
  if (const Product* const product = parts.product) {
    section.blocks.emplace_back(Paragraph{fmt::format("On {} ({}):", product->name, words_of(product->sure))});
    for (const Product::Way& way : product->ways) {
      if (!way.where.empty()) section.blocks.emplace_back(Paragraph{way.where + ":"});
      if (!way.steps.empty()) section.blocks.emplace_back(Steps{way.steps});
      if (!way.commands.empty()) section.blocks.emplace_back(Commands{way.commands});
    }
    if (!product->note.empty()) section.blocks.emplace_back(Paragraph{product->note});
  } else {
    section.blocks.emplace_back(
        Paragraph{fmt::format("The switch goes by these names: {}.", fmt::join(knowledge().setting_names, ", "))});
  }
  section.blocks.emplace_back(Paragraph{"When it is switched off:"});
  section.blocks.emplace_back(Steps{knowledge().after});
  section.blocks.emplace_back(Paragraph{"If it cannot be switched off:"});
  section.blocks.emplace_back(Steps{knowledge().otherwise});
  return section;
}

Chapter box_facts(const ReportParts& parts) {
  Chapter section{"The box", {}};
  const Json& summary = object_in(parts.status, "summary");
  if (const auto taps = summary.find("taps"); taps != summary.end() && taps->is_array() && !taps->empty()) {
    Table table{{"tap", "interface", "side", "direction", "hook"}, {}};
    for (const Json& tap : *taps)
      table.rows.push_back({text_in(tap, "tap"), text_in(tap, "interface"), text_in(tap, "side"),
                            text_in(tap, "direction"), text_in(tap, "hook")});
    section.blocks.emplace_back(std::move(table));
  }
  if (const auto alg = summary.find("alg"); alg != summary.end() && alg->is_array() && !alg->empty())
    section.blocks.emplace_back(
        Paragraph{fmt::format("By what it rewrites, the ALG looks like {} ({:.2f}, a guess).",
                              text_in(alg->front(), "title"), number_in(alg->front(), "confidence").value_or(0))});
  if (!parts.checks.empty()) {
    Table table{{"check", "state", "what was seen"}, {}};
    for (const Json& check : parts.checks)
      table.rows.push_back({text_in(check, "id"), text_in(check, "state"), text_in(check, "reason")});
    section.blocks.emplace_back(std::move(table));
    for (const Json& check : parts.checks) {
      if (text_in(check, "state") != "bad") continue;
      Commands lines;
      for (const char* const key : {"evidence", "fix"})
        if (const auto list = check.find(key); list != check.end() && list->is_array())
          for (const Json& line : *list)
            if (line.is_string())
              lines.lines.push_back((key == std::string_view("fix") ? "do:   " : "seen: ") + line.get<std::string>());
      if (lines.lines.empty()) continue;
      section.blocks.emplace_back(Paragraph{text_in(check, "id") + ":"});
      section.blocks.emplace_back(std::move(lines));
    }
  }
  return section;
}

std::string footer_of(const ReportParts& parts) {
  return fmt::format("Made by {} at {}. {}", parts.version, parts.made,
                     parts.masked ? "Numbers, names, hosts and addresses are replaced, the same by the same."
                                  : "Numbers, names, hosts and addresses are as they were seen.");
}

}  // namespace vialens

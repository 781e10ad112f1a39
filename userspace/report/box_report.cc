// A box for a ticket: is it healthy, what was found lately, and what it is like.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/finding/finding.h"
#include "userspace/report/report.h"
#include "userspace/sink/json_fields.h"

namespace vialens {
namespace {

constexpr std::size_t kMostFindings = 20;

}  // namespace

Document box_report(const ReportParts& parts) {
  Document document;
  document.title = "What the router does to calls";
  const Json& health = object_in(parts.status, "health");
  const std::string level = text_in(health, "level"), remedy = text_in(health, "remedy");
  Chapter in_short{"In short", {}};
  if (level != "-")
    in_short.blocks.emplace_back(Paragraph{text_in(health, "sentence"), level == "red"     ? Tone::bad
                                                                        : level == "amber" ? Tone::warning
                                                                                           : Tone::good});
  const auto any = [&](std::string_view state) {
    return std::any_of(parts.checks.begin(), parts.checks.end(), [&](const Json& check) {
      return text_in(check, "state") == state && text_in(check, "id").starts_with("alg-");
    });
  };
  const bool alg_here = any("bad");
  if (alg_here)
    in_short.blocks.emplace_back(Paragraph{"A SIP ALG is active on this box.", Tone::bad});
  else if (any("unknown"))
    in_short.blocks.emplace_back(
        Paragraph{"Whether a SIP ALG is active on this box is unknown: not everything could be looked at (root can).",
                  Tone::warning});
  else if (!parts.checks.empty())
    in_short.blocks.emplace_back(Paragraph{"No SIP ALG is active on this box.", Tone::good});
  document.sections.push_back(std::move(in_short));
  const bool about_alg = alg_here || remedy.find("ALG") != remedy.npos;
  if (about_alg || remedy != "-") document.sections.push_back(what_to_do(remedy, about_alg, parts));
  Chapter found{"What was found", {}};
  std::size_t told = 0;
  if (parts.findings.is_array())
    for (const Json& finding : parts.findings) {
      if (!is_alarm(text_in(finding, "id"), number_in(finding, "confidence").value_or(0)) || ++told > kMostFindings)
        continue;
      for (Block& block : blocks_of_finding(finding)) found.blocks.emplace_back(std::move(block));
    }
  if (told > kMostFindings) found.blocks.emplace_back(Paragraph{fmt::format("... and {} more.", told - kMostFindings)});
  if (!found.blocks.empty()) document.sections.push_back(std::move(found));
  if (Chapter box = box_facts(parts); !box.blocks.empty()) document.sections.push_back(std::move(box));
  document.footer = footer_of(parts);
  return document;
}

}  // namespace vialens

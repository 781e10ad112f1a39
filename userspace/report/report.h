// A page for a ticket: what was found, what it rests on, and what to do. Made of the objects of the API, masked or not.
#pragma once

#include <string>
#include <vector>

#include "userspace/knowledge/guess.h"
#include "userspace/report/document.h"
#include "userspace/sink/json.h"

namespace vialens {

// A null Json allocates nothing, whatever the checker thinks. NOLINTNEXTLINE(bugprone-exception-escape)
struct ReportParts {
  // What /api/v1/calls/ID answers; null where the report is about the box.
  Json call{};
  // What /api/v1/status answers, and the findings there are; null where nobody was asked.
  Json status{}, findings{};
  std::vector<Json> checks{};        // of vialens doctor on this box
  const Product* product = nullptr;  // the router, named or guessed
  std::vector<Guess> guesses{};      // empty if it was named
  std::string version, made;         // "vialens 0.1.0", a time
  bool masked = true;
};

Document call_report(const ReportParts& parts);
Document box_report(const ReportParts& parts);

// Sections that both have.
Chapter what_to_do(const std::string& remedy, bool about_alg, const ReportParts& parts);
Chapter box_facts(const ReportParts& parts);
std::vector<Block> blocks_of_finding(const Json& finding);
std::string footer_of(const ReportParts& parts);

}  // namespace vialens

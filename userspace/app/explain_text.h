// What `vialens explain` says, for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "userspace/app/router_choice.h"
#include "userspace/finding/finding.h"
#include "userspace/sink/grid.h"
#include "userspace/sink/json.h"

namespace vialens::app {

struct Explanation {
  const FindingKind* kind = nullptr;  // nullptr: only the product was asked for
  RouterChoice router{};

  // Whether the switch of an ALG has something to do with it.
  bool is_about_alg() const;
};

Json to_json(const Product& product);
Json to_json(const Explanation& explanation);
std::string explanation_text(const Explanation& explanation, const TableLayout& layout);

}  // namespace vialens::app

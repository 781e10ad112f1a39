// Objects of the JSON lines as tables for people: what `vialens calls` and `vialens findings` print.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace vialens::app {

// Each text is a JSON object of its kind. Text from packets is made printable. Objects that say less than they should
// have "-" there.
void print_call_table(std::FILE* out, const std::vector<std::string>& calls);
void print_finding_table(std::FILE* out, const std::vector<std::string>& findings);

}  // namespace vialens::app

// Objects of the JSON lines and the API as text for people: what `vialens calls` and the like print.
#pragma once

#include <string>
#include <vector>

#include "userspace/sink/grid.h"

namespace vialens::app {

// Each text is a JSON object of its kind. Text from packets is made printable. Objects that say less than they should
// have "-" there.
std::string call_table(const std::vector<std::string>& calls, const TableLayout& layout);
std::string finding_table(const std::vector<std::string>& findings, const TableLayout& layout);
std::string registration_table(const std::vector<std::string>& registrations, const TableLayout& layout);
std::string flow_table(const std::vector<std::string>& flows, const TableLayout& layout);
std::string tap_table(const std::vector<std::string>& taps, const TableLayout& layout);

}  // namespace vialens::app

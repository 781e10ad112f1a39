// What the parts of a call's record take in memory, in bytes and roughly: the call log is bounded by their sum.
#pragma once

#include <cstddef>
#include <optional>

#include "userspace/evidence/call_record.h"

namespace vialens {

std::size_t cost(const LoggedMessage& message);
std::size_t cost(const LoggedCrossing& crossing);
std::size_t cost(const Finding& finding);
std::size_t cost(const std::optional<Call>& call);  // beyond its place in the record; likewise
std::size_t cost(const std::optional<Registration>& registration);

}  // namespace vialens

// One thing that happened, as the history keeps it: the object of the JSON lines, and beside it what it is asked for
// by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "userspace/sink/sink.h"

namespace vialens {

enum class RowType : std::uint8_t { call = 1, finding = 2, registration = 3 };  // in files: numbers stay what they are

struct Row {
  RowType type = RowType::call;
  std::int64_t time = 0;  // µs since 1970: of a finding its own, of a call its beginning, of a registration the last
  std::string call_id;    // "" where there is none; likewise the others
  std::string aor;        // of registrations, and of findings about them
  std::string caller;     // From and To of calls
  std::string callee;
  std::string state;                 // of calls and registrations
  std::string findings;              // ids, each with a blank before and behind: " alg-contact alg-via "
  std::optional<Severity> severity;  // of findings
  double confidence = 0;
  unsigned sides = 0;  // where it was seen: bit 1 << Side
  std::string json;    // without a line end

  std::size_t bytes() const noexcept {
    return json.size() + call_id.size() + aor.size() + caller.size() + callee.size() + findings.size() + 256;
  }
};

Row row_of(const Finding& finding);
Row row_of(const Call& call);
Row row_of(const Registration& registration);

std::int64_t microseconds_of(Time time) noexcept;

}  // namespace vialens

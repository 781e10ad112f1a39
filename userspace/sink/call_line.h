// A call in one line of a table, as a run prints it at its end.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace vialens {

// Text is as packets have it; what is not known is "-".
struct CallLine {
  std::string started;  // as wide as the column
  std::string_view from, to, state;
  std::string setup, talk;  // "2.5 s"
  std::string findings;     // "alg-contact, alg-via"
};

void print_call_heading(std::FILE* out, std::size_t started_width);
void print_call_line(std::FILE* out, std::size_t started_width, const CallLine& call);

}  // namespace vialens

#include "userspace/sink/call_line.h"

#include <fmt/format.h>

#include "userspace/sink/text.h"

namespace vialens {
namespace {

constexpr std::size_t kParty = 28;

}  // namespace

void print_call_heading(std::FILE* out, std::size_t started_width) {
  print_call_line(out, started_width, {"started", "from", "to", "state", "setup", "talk", "findings"});
}

void print_call_line(std::FILE* out, std::size_t started_width, const CallLine& call) {
  fmt::print(out, "  {:{}} {:{}} {:{}} {:11} {:>8} {:>8}  {}\n", call.started, started_width,
             shorten(call.from, kParty), kParty, shorten(call.to, kParty), kParty, call.state, call.setup, call.talk,
             call.findings);
}

}  // namespace vialens

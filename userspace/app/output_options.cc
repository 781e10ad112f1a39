#include <algorithm>

#include "userspace/app/commands.h"
#include "userspace/app/screen.h"
#include "userspace/sink/json_lines.h"
#include "userspace/sink/terminal.h"

namespace vialens::app {

void OutputOptions::add_to(CLI::App& command) {
  command.add_flag("--json", json, "One JSON object a line instead of text");
  add_fail_on(command);
}

void OutputOptions::add_fail_on(CLI::App& command) {
  command
      .add_option("--fail-on", fail_on,
                  "Exit with 1 if one of these findings was made with a confidence of 0.5 or more: ids separated by "
                  "commas, or \"any\" (but for note-*, which explain and are no alarm)")
      ->delimiter(',')
      ->allow_extra_args(false)  // the next word is a capture file
      ->check([](const std::string& id) {
        return id == "any" || find_kind(id) != nullptr ? "" : "no such finding: " + id;
      });
}

std::unique_ptr<Sink> make_sink(bool json) {
  if (json) return std::make_unique<JsonLines>(stdout);
  return std::make_unique<Terminal>(stdout, colour_wanted(), screen_of_output().width);
}

int OutputOptions::exit_code(const FindingCounts& findings) const {
  const auto asked_for = [&](std::string_view id) {
    return std::any_of(fail_on.begin(), fail_on.end(),
                       [&](const std::string& wanted) { return wanted == id || (wanted == "any" && !is_note(id)); });
  };
  const bool bad = std::any_of(findings.begin(), findings.end(), [&](const auto& entry) {
    return entry.second.confidence >= kLikely && asked_for(entry.first);
  });
  return bad ? kBad : kOk;
}

}  // namespace vialens::app

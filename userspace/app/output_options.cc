#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "userspace/app/commands.h"
#include "userspace/sink/json_lines.h"
#include "userspace/sink/terminal.h"

namespace vialens::app {

void OutputOptions::add_to(CLI::App& command) {
  command.add_flag("--json", json, "One JSON object a line instead of text");
  command
      .add_option("--fail-on", fail_on,
                  "Exit with 1 if one of these findings was made: ids separated by commas, or \"any\"")
      ->delimiter(',')
      ->allow_extra_args(false)  // the next word is a capture file
      ->check([](const std::string& id) {
        return id == "any" || find_kind(id) != nullptr ? "" : "no such finding: " + id;
      });
}

std::unique_ptr<Sink> OutputOptions::make_sink() const {
  if (json) return std::make_unique<JsonLines>(stdout);
  const char* no_colour = std::getenv("NO_COLOR");
  const bool colour = isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
  return std::make_unique<Terminal>(stdout, colour);
}

int OutputOptions::exit_code(const std::map<std::string_view, std::uint64_t>& findings) const {
  const bool bad = std::any_of(fail_on.begin(), fail_on.end(), [&](const std::string& id) {
    return id == "any" ? !findings.empty() : findings.contains(id);
  });
  return bad ? kBad : kOk;
}

void add_sip_ports(CLI::App& command, std::vector<std::uint16_t>& ports) {
  command
      .add_option(
          "--sip-port", ports,
          "Ports on which SIP is expected, over UDP and TCP (default 5060). SIP over UDP is found on other ports, "
          "too, by its start line")
      ->delimiter(',')
      ->allow_extra_args(false)  // the next word is a capture file
      ->check(CLI::Range(1, 65535));
}

}  // namespace vialens::app

// vialens status: is this box healthy, in the words of the vialens that runs on it.
#include <fmt/format.h>

#include "userspace/app/ask.h"
#include "userspace/app/commands.h"
#include "userspace/app/status_text.h"
#include "userspace/app/watch.h"

namespace vialens::app {
namespace {

struct StatusOptions {
  AskOptions ask;
  WatchOptions watch;
};

int status(const StatusOptions& options) {
  return answer(options.watch, "vialens status", [&, client = options.ask.client("")](const TableLayout& layout) {
    const Json answered = client->get("/api/v1/status");
    return options.watch.json ? to_line(answered) : status_text(answered, layout);
  });
}

}  // namespace

void add_status(CLI::App& cli, Action& action) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App& command =
      *cli.add_subcommand("status", "Is this box healthy, what to do if not, and what is being watched");
  options->watch.add_to(command);
  options->ask.add_to(command);
  command.footer(
      "Examples:\n"
      "  vialens status                                    the vialens on this box\n"
      "  VIALENS_TOKEN=... vialens status --watch --url https://cpe.example:9760\n"
      "  vialens status --json | jq -r .health.level       green, amber, red, or unknown\n"
      "Exit code 0 says that it was answered, and 3 that it was not.");
  command.callback([options, &action] { action = [options] { return status(*options); }; });
}

}  // namespace vialens::app

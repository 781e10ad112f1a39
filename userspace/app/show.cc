// vialens show: one call as a ladder, with both sides of the router.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "userspace/app/commands.h"
#include "userspace/app/one_call.h"
#include "userspace/evidence/ladder_json.h"
#include "userspace/evidence/ladder_text.h"

namespace vialens::app {
namespace {

struct ShowOptions {
  OneCall call;
  bool json = false;
};

// Of the terminal, or of what COLUMNS says where there is none.
std::size_t width_of_output() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  const long number = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
  return number > 0 ? static_cast<std::size_t>(number) : TextLayout{}.width;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int show(const ShowOptions& options) {
  const ReadCall call = read_call(options.call);
  const CallRecord& record = *call.record;
  const Ladder ladder = ladder_of(record);
  if (options.json) {
    if (record.call) print(to_line(to_json(*record.call)));
    if (record.registration) print(to_line(to_json(*record.registration)));
    print(to_line(to_json(ladder)));
  } else {
    print(ladder_text(record, ladder, call.log->box_findings(), {width_of_output(), colour_wanted()}));
  }
  return kOk;
}

}  // namespace

void add_show(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App& command = *cli.add_subcommand(
      "show", "One call as a ladder: both sides of the router, what it changed, the media, what was found");
  options->call.add_to(command);
  command.add_flag("--json", options->json, "The call and its ladder as JSON, one object a line");
  command.footer(
      "Examples:\n"
      "  vialens show 3848276298 --lan lan.pcap --wan wan.pcap\n"
      "  vialens show --last trace.pcapng | less\n"
      "  vialens show trace.pcapng                    if there is only one call in it");
  command.callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace vialens::app

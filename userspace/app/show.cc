// vialens show: one call as a ladder, with both sides of the router.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/app/asked_call.h"
#include "userspace/app/commands.h"
#include "userspace/app/kept_call.h"
#include "userspace/app/one_call.h"
#include "userspace/app/screen.h"
#include "userspace/evidence/ladder_json.h"
#include "userspace/evidence/ladder_text.h"
#include "userspace/sink/json_fields.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

struct ShowOptions {
  OneCall call;
  bool json = false;
  std::string history;                   // a file; "": asked is the one that runs
  CLI::Option* given_history = nullptr;  // --history, with a file or without
};

int show_kept(const ShowOptions& options, const KeptCall& call) {
  if (options.json) {
    for (const std::vector<std::string>& objects : {{call.object}, call.findings})
      for (const std::string& object : objects) print(object + '\n');
  } else {
    print(text_of(call, table_layout()));
  }
  return kOk;
}

int show_history(const ShowOptions& options, const WantedCall& wanted) {
  if (!wanted.files.empty()) throw UsageError("capture files, or --history, not both");
  if (!options.history.empty() && options.call.ask.given())
    throw UsageError("--history FILE, or whom to ask (--socket, --url), not both: --history without FILE asks");
  if (wanted.call_id.empty() && !wanted.last)
    throw UsageError("which one? A Call-ID before --history, or --last; `vialens calls --history` lists them");
  const auto call =
      find_kept(options.history.empty() ? kept_by(options.call.client()) : kept_in(options.history), wanted.call_id);
  if (!call)
    throw InputError(wanted.last ? "no history is kept, or there is no call in it"
                                 : fmt::format("no history is kept, or no Call-ID in it is \"{}\"; `vialens calls "
                                               "--history` lists those that are",
                                               printable(wanted.call_id)));
  return show_kept(options, *call);
}

int show_remembered(const ShowOptions& options, const WantedCall& wanted, const TextLayout& layout,
                    HttpClient& client) {
  if (!options.json) {
    print(coloured(ask_for_call(client, wanted, "/ladder.txt",
                                {{"width", std::to_string(std::min<std::size_t>(layout.width, 1000))},
                                 {"colour", layout.colour ? "1" : "0"}})));
    return kOk;
  }
  const Json detail = Json::parse(ask_for_call(client, wanted, ""), nullptr, false);
  for (const char* const part : {"call", "registration", "ladder"})
    if (const Json& object = object_in(detail, part); !object.empty()) print(to_line(object));
  return kOk;
}

// Of what the one that runs has forgotten, its history may still know.
int show_asked(const ShowOptions& options, const WantedCall& wanted, const TextLayout& layout) {
  const auto client = options.call.client();
  try {
    return show_remembered(options, wanted, layout, *client);
  } catch (const NoSuchCall&) {
    if (wanted.call_id.empty() && !wanted.last) throw;
    const auto call = find_kept(kept_by(client), wanted.call_id);
    if (!call) throw;
    return show_kept(options, *call);
  }
}

int show(const ShowOptions& options) {
  const WantedCall wanted = options.call.wanted();
  if (options.given_history->count() != 0) return show_history(options, wanted);
  TextLayout layout{.colour = colour_wanted()};
  if (const std::size_t width = screen_of_output().width; width != 0) layout.width = width;
  if (wanted.files.empty()) return show_asked(options, wanted, layout);
  const ReadCall call = read_call(wanted);
  const CallRecord& record = *call.record;
  const Ladder ladder = ladder_of(record);
  if (options.json) {
    if (record.call) print(to_line(to_json(*record.call)));
    if (record.registration) print(to_line(to_json(*record.registration)));
    print(to_line(to_json(ladder)));
  } else {
    print(ladder_text(record, ladder, call.log->box_findings(), layout));
  }
  return kOk;
}

}  // namespace

void add_show(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App& command = *cli.add_subcommand(
      "show", "One call as a ladder: both sides of the router, what it changed, the media, what was found");
  options->call.add_to(command);
  options->given_history = add_history(command, options->history);
  command.add_flag("--json", options->json, "The call and its ladder as JSON, one object a line");
  command.footer(
      "Examples:\n"
      "  vialens show 3848276298                      of the vialens that runs; `vialens calls` lists them\n"
      "  vialens show 3848276298 --lan lan.pcap --wan wan.pcap\n"
      "  vialens show 3848276298 --history            what was found, when it remembers the messages no more\n"
      "  vialens show --last trace.pcapng | less\n"
      "  vialens show trace.pcapng                    if there is only one call in it");
  command.callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace vialens::app

// vialens calls, findings, registrations, flows, taps: lists, asked of the vialens that runs, or of what it has kept.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "userspace/app/ask.h"
#include "userspace/app/commands.h"
#include "userspace/app/kept.h"
#include "userspace/app/tables.h"
#include "userspace/app/watch.h"
#include "userspace/core/error.h"
#include "userspace/http/query.h"

namespace vialens::app {
namespace {

// One question to whoever knows, in the words of the HTTP API.
using Source = std::function<Items(const HttpClient::Parameters& parameters, std::size_t limit)>;

// What is listed, and how.
struct Listing {
  std::string_view name;                     // of the subcommand, and in the API
  std::vector<std::string_view> parameters;  // that there are
  std::string (*table)(const std::vector<std::string>& items, const TableLayout& layout) = nullptr;
  bool kept = false;  // in a history
};

struct ListingOptions {
  std::map<std::string, std::string> parameters;
  AskOptions ask;
  WatchOptions watch;
  std::string history;                   // a file; "": asked is the one that runs
  CLI::Option* given_history = nullptr;  // --history, with a file or without
  std::size_t limit = 100;
};

// Taps are few, and come without pages.
Items list_all(HttpClient& client, const std::string& path) {
  Items all;
  const Json answer = client.get(path);
  if (answer.contains("items"))
    for (const Json& item : answer["items"]) all.items.push_back(to_text(item));
  return all;
}

Source source_of(const ListingOptions& options, const Listing& listing) {
  const auto of = [name = listing.name](Kept kept) {
    return [name, kept = std::move(kept)](const HttpClient::Parameters& parameters, std::size_t limit) {
      return kept(name, parameters, limit);
    };
  };
  if (!options.history.empty()) return of(kept_in(options.history));
  const auto client = options.ask.client(listing.kept ? "--history FILE reads what it kept" : "");
  if (options.given_history != nullptr && options.given_history->count() != 0) return of(kept_by(client));
  return [client, path = fmt::format("/api/v1/{}", listing.name), pages = !listing.parameters.empty()](
             const HttpClient::Parameters& parameters, std::size_t limit) {
    return pages ? client->list(path, parameters, limit) : list_all(*client, path);
  };
}

std::string text_of(const Items& found, const ListingOptions& options, const Listing& listing,
                    const TableLayout& layout) {
  std::string text;
  if (options.watch.json) {
    for (const std::string& item : found.items) text += item + '\n';
    return text;
  }
  if (found.items.empty()) return fmt::format("no {}\n", listing.name);
  text = listing.table(found.items, layout);
  if (found.more) text += fmt::format("  ... and more: --limit shows more than {}\n", options.limit);
  return text;
}

int list(const ListingOptions& options, const Listing& listing) {
  if (!options.history.empty() && options.ask.given())
    throw UsageError("--history FILE, or whom to ask (--socket, --url), not both: --history without FILE asks");
  HttpClient::Parameters parameters;
  for (const auto& [name, value] : options.parameters)
    if (!value.empty()) parameters.emplace_back(name, value);
  try {
    return answer(options.watch, fmt::format("vialens {}", listing.name),
                  [&, source = source_of(options, listing)](const TableLayout& layout) {
                    return text_of(source(parameters, options.limit), options, listing, layout);
                  });
  } catch (const BadQuery& error) {
    throw UsageError(error.what());
  }
}

// The flags that a parameter of the API has; the words of `help` are those of the API's description.
struct ParameterFlag {
  std::string_view parameter, flag, help;
};
constexpr ParameterFlag kParameterFlags[] = {
    {"since", "--since",
     "Not before: how long ago (90s, 15m, 2h, 7d), or a time (2026-11-25T10:00; UTC without a zone)"},
    {"until", "--until", "Before; likewise"},
    {"finding", "--finding", "Only with these findings: ids or families (alg, media), separated by commas"},
    {"subscriber", "--subscriber", "Only those with this in From, To or the address of record"},
    {"side", "--side", "Only what was seen there: lan, wan or server"},
    {"state", "--state",
     "Only those, separated by commas. Both: live, over. Calls: calling, ringing, answered, ended, cancelled, failed, "
     "unanswered. Registrations: asked, challenged, registered, removed, rejected"},
    {"severity", "--severity", "Only such: info, warning or critical"},
    {"confidence", "--confidence", "Only those at least as sure: 0 to 1"},
    {"call_id", "--call-id", "Only what belongs to this call"},
};

void add_listing(CLI::App& cli, Action& action, const std::string& help, const Listing& listing,
                 const std::string& footer) {
  const auto options = std::make_shared<ListingOptions>();
  CLI::App& command = *cli.add_subcommand(std::string(listing.name), help);
  for (const ParameterFlag& flag : kParameterFlags)
    if (std::find(listing.parameters.begin(), listing.parameters.end(), flag.parameter) != listing.parameters.end())
      command.add_option(std::string(flag.flag), options->parameters[std::string(flag.parameter)],
                         std::string(flag.help));
  if (!listing.parameters.empty())
    command.add_option("--limit", options->limit, "So many at most (default 100)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  options->watch.add_to(command);
  options->ask.add_to(command);
  if (listing.kept) options->given_history = add_history(command, options->history);
  command.footer(footer);
  command.callback([options, &action, &listing] { action = [options, &listing] { return list(*options, listing); }; });
}

}  // namespace

void add_calls(CLI::App& cli, Action& action) {
  static const Listing listing{
      "calls",
      {"state", "finding", "call_id", "side", "subscriber", "since", "until", "limit", "cursor"},
      &call_table,
      true};
  add_listing(cli, action, "List calls, live ones and those that ended lately, the latest first", listing,
              "Examples:\n"
              "  vialens calls --watch                             what goes on now\n"
              "  vialens calls --state live --url https://cpe.example:9760 --json\n"
              "  vialens calls --history --since 7d                what it keeps\n"
              "  vialens calls --history /var/lib/vialens/history.db --since 7d --subscriber 4930123 --finding media\n"
              "Without --history only what the one that runs remembers is listed, whatever --since says; --history "
              "reaches\n"
              "further back. A history has calls that are over, and only those, about a minute after their end.");
}

void add_findings(CLI::App& cli, Action& action) {
  static const Listing listing{
      "findings",
      {"finding", "severity", "confidence", "call_id", "side", "subscriber", "since", "until", "limit", "cursor"},
      &finding_table,
      true};
  add_listing(cli, action, "List findings, the latest first", listing,
              "Examples:\n"
              "  vialens findings --severity critical --watch=10\n"
              "  vialens findings --history --since 2026-11-25T10:00 --finding alg\n"
              "  vialens findings --since 1h --confidence 0.8 --json\n"
              "Without --history only what the one that runs remembers is listed, whatever --since says; --history "
              "reaches\n"
              "further back.");
}

void add_registrations(CLI::App& cli, Action& action) {
  static const Listing listing{"registrations",
                               {"state", "finding", "call_id", "subscriber", "since", "until", "limit", "cursor"},
                               &registration_table,
                               true};
  add_listing(cli, action, "List registrations, the latest first", listing,
              "Examples:\n"
              "  vialens registrations --state rejected,challenged\n"
              "  vialens registrations --history --subscriber 4930123 --json\n"
              "Without --history only what the one that runs remembers is listed, whatever --since says; --history "
              "reaches\n"
              "further back.");
}

void add_flows(CLI::App& cli, Action& action) {
  static const Listing listing{"flows", {"side", "call_id", "limit", "cursor"}, &flow_table};
  add_listing(cli, action, "List media streams, those of live calls first", listing,
              "Examples:\n"
              "  vialens flows --watch                             who hears whom, and how well\n"
              "  vialens flows --side wan --json | jq 'select(.lost > 0)'");
}

void add_taps(CLI::App& cli, Action& action) {
  static const Listing listing{"taps", {}, &tap_table};
  add_listing(cli, action, "List where packets are seen, and what was counted there", listing,
              "Examples:\n"
              "  vialens taps --watch\n"
              "  vialens taps --json | jq '{tap, direction, lost}'");
}

}  // namespace vialens::app

// vialens calls, vialens findings: what happened, out of the history.
#include <fmt/format.h>

#include <chrono>

#include "userspace/app/commands.h"
#include "userspace/app/tables.h"
#include "userspace/board/filter.h"
#include "userspace/core/error.h"
#include "userspace/history/history_reader.h"

namespace vialens::app {
namespace {

// One question to whoever knows: a page of objects of the JSON lines.
using Source = std::function<Page<std::string>(const Filter&)>;

// What is listed, and how.
struct Listing {
  Page<std::string> (HistoryReader::*in_history)(const Filter&) const;
  void (*print)(std::FILE* out, const std::vector<std::string>& items);
  std::string_view nothing;
};

constexpr Listing kCalls{&HistoryReader::calls, &print_call_table, "no calls"};
constexpr Listing kFindings{&HistoryReader::findings, &print_finding_table, "no findings"};

struct ListingOptions {
  std::string since, until, side, severity;
  std::string history{kDefaultHistory};
  Filter filter;
  bool json = false;
};

std::optional<Time> time_of(const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const auto time = parse_time(text, std::chrono::system_clock::now());
  if (!time)
    throw UsageError(
        fmt::format("{} {} is no time: give how long ago (90s, 15m, 2h, 7d), or 2026-11-25 or 2026-11-25T10:00 (UTC)",
                    option, text));
  return time;
}

Filter filter_of(const ListingOptions& options) {
  Filter filter = options.filter;
  filter.since = time_of("--since", options.since);
  filter.until = time_of("--until", options.until);
  if (!options.side.empty()) filter.side = side_named(options.side);
  for (const Severity severity : {Severity::info, Severity::warning, Severity::critical})
    if (options.severity == to_string(severity)) filter.severity = severity;
  return filter;
}

Source source_of(const ListingOptions& options, const Listing& listing) {
  return [reader = HistoryReader(options.history), ask = listing.in_history](const Filter& filter) {
    return (reader.*ask)(filter);
  };
}

int list(const ListingOptions& options, const Listing& listing) {
  const Filter filter = filter_of(options);
  const Page<std::string> page = source_of(options, listing)(filter);
  if (options.json) {
    for (const std::string& item : page.items) fmt::print("{}\n", item);
  } else if (page.items.empty()) {
    fmt::print("{}\n", listing.nothing);
  } else {
    listing.print(stdout, page.items);
    if (page.next) fmt::print("  ... and earlier ones: --limit shows more than {}\n", filter.limit);
  }
  return kOk;
}

CLI::App& add_listing(CLI::App& cli, Action& action, const std::shared_ptr<ListingOptions>& options,
                      const std::string& name, const std::string& help, const Listing& listing) {
  CLI::App& command = *cli.add_subcommand(name, help);
  command.add_option(
      "--since", options->since,
      "Not before: how long ago (90s, 15m, 2h, 7d), or a time (2026-11-25T10:00; UTC, if without a zone)");
  command.add_option("--until", options->until, "Before; likewise");
  command
      .add_option("--finding", options->filter.findings,
                  "Only with these findings: ids or families (alg, media), separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--subscriber", options->filter.subscriber,
                     "Only those with this in From, To or the address of record");
  command.add_option("--call-id", options->filter.call_id, "Only of this call");
  command.add_option("--side", options->side, "Only what was seen there: lan, wan or server")
      ->check(CLI::IsMember({"lan", "wan", "server"}));
  command.add_option("--limit", options->filter.limit, "So many at most (default 100)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  command.add_option("--history", options->history, fmt::format("The file to ask (default {})", kDefaultHistory));
  command.add_flag("--json", options->json, "One JSON object a line instead of a table");
  command.callback([options, &action, &listing] { action = [options, &listing] { return list(*options, listing); }; });
  return command;
}

}  // namespace

void add_calls(CLI::App& cli, Action& action) {
  const auto options = std::make_shared<ListingOptions>();
  CLI::App& command = add_listing(cli, action, options, "calls", "List calls that are over, the latest first", kCalls);
  command
      .add_option("--state", options->filter.states,
                  "Only those: ended, cancelled, failed, unanswered, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.footer(
      "Examples:\n"
      "  vialens calls --since 2h                          what happened lately\n"
      "  vialens calls --since 7d --subscriber 4930123 --finding media,call --json\n"
      "What is listed was written by `vialens run --history FILE`.");
}

void add_findings(CLI::App& cli, Action& action) {
  const auto options = std::make_shared<ListingOptions>();
  CLI::App& command = add_listing(cli, action, options, "findings", "List findings, the latest first", kFindings);
  command.add_option("--severity", options->severity, "Only such: info, warning or critical")
      ->check(CLI::IsMember({"info", "warning", "critical"}));
  command.add_option("--confidence", options->filter.confidence, "Only those at least as sure: 0 to 1")
      ->check(CLI::Range(0.0, 1.0));
  command.footer(
      "Examples:\n"
      "  vialens findings --since 2026-11-25T10:00 --finding alg\n"
      "  vialens findings --since 1d --severity critical --confidence 0.8 --json\n"
      "What is listed was written by `vialens run --history FILE`.");
}

}  // namespace vialens::app

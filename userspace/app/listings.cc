// vialens calls, vialens findings: what happened, out of the history.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "userspace/app/commands.h"
#include "userspace/app/tables.h"
#include "userspace/core/error.h"
#include "userspace/history/history_reader.h"
#include "userspace/http/query.h"

namespace vialens::app {
namespace {

// One question to whoever knows, in the words of the HTTP API; a page of objects of the JSON lines.
using Source = std::function<Page<std::string>(const Parameters&)>;

// What is listed, and how.
struct Listing {
  std::vector<std::string_view> parameters;
  Page<std::string> (HistoryReader::*in_history)(const Filter&) const;
  void (*print)(std::FILE* out, const std::vector<std::string>& items);
  std::string_view nothing;
};

struct ListingOptions {
  std::map<std::string, std::string> parameters;
  std::string history{kDefaultHistory};
  std::size_t limit = 100;
  bool json = false;
};

Source source_of(const ListingOptions& options, const Listing& listing) {
  return [reader = HistoryReader(options.history), &listing](const Parameters& parameters) {
    const Filter filter = parse_filter(parameters, listing.parameters, std::chrono::system_clock::now());
    return (reader.*listing.in_history)(filter);
  };
}

// Page by page, as large as they come.
std::pair<std::vector<std::string>, bool> ask(const Source& source, const ListingOptions& options) {
  constexpr std::size_t kPage = 500;
  Parameters parameters;
  for (const auto& [name, value] : options.parameters)
    if (!value.empty()) parameters.emplace(name, value);
  std::vector<std::string> items;
  for (std::string cursor;;) {
    Parameters asked = parameters;
    asked.emplace("limit", std::to_string(std::min(kPage, options.limit - items.size())));
    if (!cursor.empty()) asked.emplace("cursor", cursor);
    Page<std::string> page = source(asked);
    std::move(page.items.begin(), page.items.end(), std::back_inserter(items));
    if (!page.next || items.size() >= options.limit) return {std::move(items), page.next.has_value()};
    cursor = std::to_string(*page.next);
  }
}

int list(const ListingOptions& options, const Listing& listing) {
  try {
    const auto [items, more] = ask(source_of(options, listing), options);
    if (options.json) {
      for (const std::string& item : items) fmt::print("{}\n", item);
    } else if (items.empty()) {
      fmt::print("{}\n", listing.nothing);
    } else {
      listing.print(stdout, items);
      if (more) fmt::print("  ... and earlier ones: --limit shows more than {}\n", options.limit);
    }
  } catch (const BadQuery& error) {
    throw UsageError(error.what());
  }
  return kOk;
}

CLI::App& add_listing(CLI::App& cli, Action& action, const std::shared_ptr<ListingOptions>& options,
                      const std::string& name, const std::string& help, const Listing& listing) {
  CLI::App& command = *cli.add_subcommand(name, help);
  auto& parameters = options->parameters;
  command.add_option("--since", parameters["since"],
                     "Not before: how long ago (90s, 15m, 2h, 7d), or a time (2026-11-25T10:00; UTC without a zone)");
  command.add_option("--until", parameters["until"], "Before; likewise");
  command.add_option("--finding", parameters["finding"],
                     "Only with these findings: ids or families (alg, media), separated by commas");
  command.add_option("--subscriber", parameters["subscriber"],
                     "Only those with this in From, To or the address of record");
  command.add_option("--side", parameters["side"], "Only what was seen there: lan, wan or server");
  command.add_option("--limit", options->limit, "So many at most (default 100)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  command.add_option("--history", options->history, fmt::format("The file to ask (default {})", kDefaultHistory));
  command.add_flag("--json", options->json, "One JSON object a line instead of a table");
  command.callback([options, &action, &listing] { action = [options, &listing] { return list(*options, listing); }; });
  return command;
}

}  // namespace

void add_calls(CLI::App& cli, Action& action) {
  static const Listing listing{{"state", "finding", "side", "subscriber", "since", "until", "limit", "cursor"},
                               &HistoryReader::calls,
                               &print_call_table,
                               "no calls"};
  const auto options = std::make_shared<ListingOptions>();
  CLI::App& command = add_listing(cli, action, options, "calls", "List calls that are over, the latest first", listing);
  command.add_option("--state", options->parameters["state"],
                     "Only those: ended, cancelled, failed, unanswered, separated by commas");
  command.footer(
      "Examples:\n"
      "  vialens calls --since 2h                          what happened lately\n"
      "  vialens calls --since 7d --subscriber 4930123 --finding media,call --json\n"
      "What is listed was written by `vialens run --history FILE`.");
}

void add_findings(CLI::App& cli, Action& action) {
  static const Listing listing{
      {"finding", "severity", "confidence", "call_id", "side", "subscriber", "since", "until", "limit", "cursor"},
      &HistoryReader::findings,
      &print_finding_table,
      "no findings"};
  const auto options = std::make_shared<ListingOptions>();
  CLI::App& command = add_listing(cli, action, options, "findings", "List findings, the latest first", listing);
  command.add_option("--severity", options->parameters["severity"], "Only such: info, warning or critical");
  command.add_option("--confidence", options->parameters["confidence"], "Only those at least as sure: 0 to 1");
  command.add_option("--call-id", options->parameters["call_id"], "Only those about this call");
  command.footer(
      "Examples:\n"
      "  vialens findings --since 2026-11-25T10:00 --finding alg\n"
      "  vialens findings --since 1d --severity critical --confidence 0.8 --json\n"
      "What is listed was written by `vialens run --history FILE`.");
}

}  // namespace vialens::app

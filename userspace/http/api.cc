#include "userspace/http/api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "userspace/board/call_detail.h"
#include "userspace/core/error.h"

namespace vialens {
namespace {

Answer of(const Json& object, int status = 200) { return {status, "application/json", to_line(object), ""}; }

Json to_json(const BoardFlow& flow) {
  Json object{{"call_id", or_null(flow.call_id)}, {"live", flow.live}};
  object.update(vialens::to_json(flow.stream, flow.codec, flow.mos));
  return object;
}

template <class Item>
Answer of(const Page<Item>& page) {
  Json items = Json::array();
  for (const Item& item : page.items) items.push_back(to_json(item));
  return of({{"items", std::move(items)}, {"next", page.next ? Json(std::to_string(*page.next)) : Json(nullptr)}});
}

// What is JSON already goes into the page as it is.
Answer spliced(const Page<std::string>& page) {
  return {200, "application/json",
          fmt::format("{{\"items\":[{}],\"next\":{}}}\n", fmt::join(page.items, ","),
                      page.next ? fmt::format("\"{}\"", *page.next) : "null"),
          ""};
}

Json to_json(const Health& health) {
  return {{"level", to_string(health.level)},
          {"sentence", health.sentence},
          {"remedy", or_null(health.remedy)},
          {"findings", health.findings}};
}

Json to_json(const TableFill& table) {
  return {
      {"table", table.name}, {"entries", table.entries}, {"capacity", table.capacity}, {"evictions", table.evictions}};
}

// --- one function for each path

Answer status(const Sources& sources, const Filter&, Time now) {
  const Board::Status status = sources.board.status();
  const Summary& summary = status.summary();
  Json tables = Json::array();
  for (const TableFill& table : summary.tables) tables.push_back(to_json(table));
  return of({{"version", sources.version},
             {"started", to_rfc3339(sources.started)},
             {"now", to_rfc3339(now)},
             {"ready", !sources.not_ready || sources.not_ready().empty()},
             {"health", to_json(status.health)},
             {"calls_live", status.calls_live},
             {"registrations_live", status.registrations_live},
             {"summary", vialens::to_json(summary)},
             {"tables", std::move(tables)}});
}

Answer taps(const Sources& sources, const Filter&, Time) {
  Json items = Json::array();
  const Board::Status status = sources.board.status();
  for (const TapReport& report : status.summary().taps) items.push_back(vialens::to_json(report));
  return of({{"items", std::move(items)}});
}

Answer calls(const Sources& sources, const Filter& filter, Time) { return of(sources.board.calls(filter)); }
Answer findings(const Sources& sources, const Filter& filter, Time) { return of(sources.board.findings(filter)); }
Answer registrations(const Sources& sources, const Filter& filter, Time) {
  return of(sources.board.registrations(filter));
}
Answer flows(const Sources& sources, const Filter& filter, Time) { return of(sources.board.flows(filter)); }

Answer kept(const std::function<Page<std::string>(const Filter&)>& list, const Filter& filter) {
  if (!list) return error_answer(404, "this vialens keeps no history; start it with --history FILE");
  try {
    return spliced(list(filter));
  } catch (const InputError& error) {
    return error_answer(503, error.what());
  }
}

Answer kept_calls(const Sources& sources, const Filter& filter, Time) { return kept(sources.kept.calls, filter); }
Answer kept_findings(const Sources& sources, const Filter& filter, Time) { return kept(sources.kept.findings, filter); }
Answer kept_registrations(const Sources& sources, const Filter& filter, Time) {
  return kept(sources.kept.registrations, filter);
}

struct Path {
  std::string_view name;
  std::vector<std::string_view> parameters;
  Answer (*answer)(const Sources&, const Filter&, Time);
};

const std::vector<Path>& paths() {
  static const std::vector<std::string_view> of_calls{"state", "finding", "call_id", "side",  "subscriber",
                                                      "since", "until",   "limit",   "cursor"};
  static const std::vector<std::string_view> of_findings{"finding",    "severity", "confidence", "call_id", "side",
                                                         "subscriber", "since",    "until",      "limit",   "cursor"};
  static const std::vector<std::string_view> of_registrations{"state", "finding", "call_id", "subscriber",
                                                              "since", "until",   "limit",   "cursor"};
  static const std::vector<Path> all{{"status", {}, status},
                                     {"taps", {}, taps},
                                     {"calls", of_calls, calls},
                                     {"findings", of_findings, findings},
                                     {"registrations", of_registrations, registrations},
                                     {"flows", {"side", "call_id", "limit", "cursor"}, flows},
                                     {"history/calls", of_calls, kept_calls},
                                     {"history/findings", of_findings, kept_findings},
                                     {"history/registrations", of_registrations, kept_registrations}};
  return all;
}

// --- one call

Answer unknown_call(const Sources& sources, std::string_view call_id) {
  return error_answer(
      404, fmt::format("no call and no registration with Call-ID \"{}\" is remembered: it may have been "
                       "forgotten; /api/v1/calls lists those that are{}",
                       call_id,
                       sources.kept.calls ? ", and /api/v1/history/calls those of which what was found is kept" : ""));
}

Answer call_answer(const Sources& sources, std::string_view call_id) {
  auto detail = call_detail(sources.board, call_id, sources.ladder ? sources.ladder(call_id) : std::nullopt);
  return detail ? of(*detail) : unknown_call(sources, call_id);
}

// A name for a file that no file system and no shell minds.
std::string file_name_of(std::string_view call_id) {
  std::string name = "vialens-";
  for (const char c : call_id.substr(0, 64)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    name += plain ? c : '-';
  }
  return name + ".pcapng";
}

Answer evidence(const Sources& sources, std::string_view call_id, const Parameters& parameters) {
  bool mask = false;
  for (const auto& [name, value] : parameters) {
    if (name != "mask" || (value != "0" && value != "1"))
      throw BadQuery("there is one parameter here: mask=0 or mask=1");
    mask = value == "1";
  }
  auto file = sources.evidence ? sources.evidence(call_id, mask) : std::nullopt;
  if (!file) return unknown_call(sources, call_id);
  return {200, "application/octet-stream", std::move(*file), file_name_of(call_id)};
}

Answer ladder_text(const Sources& sources, std::string_view call_id, const Parameters& parameters) {
  std::size_t width = 100;
  bool colour = false;
  for (const auto& [name, value] : parameters) {
    if (name == "colour" && (value == "0" || value == "1")) {
      colour = value == "1";
      continue;
    }
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), width);
    if (name != "width" || error != std::errc() || end != value.data() + value.size() || width > 1000)
      throw BadQuery("there are two parameters here: width=0 to 1000, and colour=0 or colour=1");
  }
  auto text = sources.ladder_text ? sources.ladder_text(call_id, width, colour) : std::nullopt;
  if (!text) return unknown_call(sources, call_id);
  return {200, "text/plain; charset=utf-8", std::move(*text), ""};
}

constexpr std::string_view kPrefix = "/api/v1/", kCalls = "calls/", kEvidence = "/evidence.pcapng",
                           kLadderText = "/ladder.txt";

}  // namespace

Answer error_answer(int status, std::string_view what) { return of({{"error", what}}, status); }

std::optional<Answer> answer(const Sources& sources, std::string_view path, const Parameters& parameters, Time now) {
  if (!path.starts_with(kPrefix)) return {};
  path.remove_prefix(kPrefix.size());
  for (const Path& known : paths())
    if (known.name == path) return known.answer(sources, parse_filter(parameters, known.parameters, now), now);
  // A Call-ID may have a '/' in it, so everything that is behind "calls/" is one.
  if (!path.starts_with(kCalls) || path.size() == kCalls.size()) return {};
  path.remove_prefix(kCalls.size());
  if (path.ends_with(kEvidence)) return evidence(sources, path.substr(0, path.size() - kEvidence.size()), parameters);
  if (path.ends_with(kLadderText))
    return ladder_text(sources, path.substr(0, path.size() - kLadderText.size()), parameters);
  parse_filter(parameters, {}, now);  // there are none
  return call_answer(sources, path);
}

}  // namespace vialens

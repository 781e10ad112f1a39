#include "userspace/http/query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "userspace/core/words.h"

namespace vialens {
namespace {

Time time_of(const std::string& value, Time now) {
  if (const auto time = parse_time(value, now)) return *time;
  throw BadQuery(fmt::format("\"{}\" is no time: 2026-11-25T10:00:00Z, or how long ago: 90s, 15m, 2h, 7d", value));
}

Side side_of(const std::string& value) {
  if (const Side side = side_named(value); side != Side::unknown) return side;
  throw BadQuery(fmt::format("side is lan, wan or server, not \"{}\"", value));
}

Severity severity_of(const std::string& value) {
  for (const Severity severity : {Severity::info, Severity::warning, Severity::critical})
    if (value == to_string(severity)) return severity;
  throw BadQuery(fmt::format("severity is info, warning or critical, not \"{}\"", value));
}

std::vector<std::string> findings_of(const std::string& value) {
  std::vector<std::string> words = words_of(value);
  for (const std::string& word : words) {
    const auto& kinds = all_kinds();
    if (std::none_of(kinds.begin(), kinds.end(),
                     [&](const FindingKind& kind) { return kind.id == word || kind.id.starts_with(word + '-'); }))
      throw BadQuery(fmt::format(
          "\"{}\" is no finding, and no family of findings (alg, media, call, reg, nat, hint, note)", word));
  }
  return words;
}

std::vector<std::string> states_of(const std::string& value) {
  static constexpr std::array<std::string_view, 14> kStates{
      "live",   "over",       "calling", "ringing",    "answered",   "ended",   "cancelled",
      "failed", "unanswered", "asked",   "challenged", "registered", "removed", "rejected"};
  std::vector<std::string> words = words_of(value);
  for (const std::string& word : words)
    if (std::find(kStates.begin(), kStates.end(), word) == kStates.end())
      throw BadQuery(fmt::format("\"{}\" is no state (live, over, {})", word,
                                 fmt::join(kStates.begin() + 2, kStates.end(), ", ")));
  return words;
}

void set(Filter& filter, const std::string& name, const std::string& value, Time now) {
  if (name == "finding") {
    filter.findings = findings_of(value);
  } else if (name == "state") {
    filter.states = states_of(value);
  } else if (name == "side") {
    filter.side = side_of(value);
  } else if (name == "severity") {
    filter.severity = severity_of(value);
  } else if (name == "subscriber") {
    filter.subscriber = value;
  } else if (name == "call_id") {
    filter.call_id = value;
  } else if (name == "since") {
    filter.since = time_of(value, now);
  } else if (name == "until") {
    filter.until = time_of(value, now);
  } else if (name == "confidence") {
    const auto number = number_of<double>(value);
    if (!number || !(*number >= 0 && *number <= 1))
      throw BadQuery(fmt::format("confidence is a number from 0 to 1, not \"{}\"", value));
    filter.confidence = *number;
  } else if (name == "limit") {
    const auto number = number_of<std::size_t>(value);
    if (!number || *number < 1 || *number > 500)
      throw BadQuery(fmt::format("limit is a number from 1 to 500, not \"{}\"", value));
    filter.limit = *number;
  } else {
    const auto number = number_of<std::uint64_t>(value);
    if (!number) throw BadQuery(fmt::format("cursor is what `next` of the page before said, not \"{}\"", value));
    filter.before = *number;
  }
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const std::string_view word = text.substr(0, comma); !word.empty()) words.emplace_back(word);
    text = comma == text.npos ? "" : text.substr(comma + 1);
  }
  return words;
}

Filter parse_filter(const Parameters& parameters, const std::vector<std::string_view>& known, Time now) {
  Filter filter;
  for (const auto& [name, value] : parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw BadQuery(fmt::format("there is no parameter \"{}\" here; there are: {}", name, fmt::join(known, ", ")));
    if (parameters.count(name) > 1) throw BadQuery(fmt::format("{} is given more than once", name));
    if (value.size() > 256) throw BadQuery(fmt::format("{} is longer than 256 characters", name));
    set(filter, name, value, now);
  }
  return filter;
}

}  // namespace vialens

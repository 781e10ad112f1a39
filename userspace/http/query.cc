#include "userspace/http/query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace vialens {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const std::string_view word = text.substr(0, comma); !word.empty()) words.emplace_back(word);
    text = comma == text.npos ? "" : text.substr(comma + 1);
  }
  return words;
}

std::optional<Duration> age_of(std::string_view text) {
  if (text.empty()) return {};
  const auto count = number_of<std::uint32_t>(text.substr(0, text.size() - 1));
  const std::size_t unit = std::string_view("smhd").find(text.back());
  if (!count || unit == std::string_view::npos) return {};
  static constexpr std::array<std::int64_t, 4> kSeconds{1, 60, 3600, 86400};
  static constexpr std::int64_t kMost = 200LL * 366 * 86400;  // all of Time
  return std::chrono::seconds(std::min(*count * kSeconds[unit], kMost));
}

// Behind the seconds: "", ".123", then "Z", "+01:00" or nothing, which is UTC.
std::optional<Duration> rest_of(std::string_view text) {
  Duration fraction{};
  if (text.starts_with('.')) {
    std::size_t digits = 0;
    std::int64_t unit = 100'000'000;
    for (text.remove_prefix(1); !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
      fraction += std::chrono::nanoseconds((text[0] - '0') * unit);
      unit /= 10;
    }
    if (digits == 0) return {};
  }
  if (text.empty() || text == "Z" || text == "z") return fraction;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
  const unsigned hours = number_of<unsigned>(text.substr(1, 2)).value_or(99);
  const unsigned minutes = number_of<unsigned>(text.substr(4)).value_or(99);
  if (hours > 23 || minutes > 59) return {};
  const Duration offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return text[0] == '+' ? fraction - offset : fraction + offset;
}

// RFC 3339, the seconds and what is behind them optional.
std::optional<Time> moment_of(std::string_view text) {
  const auto digits = [&](std::size_t from, std::size_t count) {
    return from + count <= text.size() ? number_of<unsigned>(text.substr(from, count)) : std::nullopt;
  };
  const auto year = digits(0, 4);
  const auto month = digits(5, 2);
  const auto day = digits(8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return {};
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok() || *year < 1970 || *year > 2200) return {};
  Time time = std::chrono::sys_days(date);
  if (text.size() == 10) return time;
  const auto hour = digits(11, 2);
  const auto minute = digits(14, 2);
  if (!hour || !minute || text[13] != ':' || *hour > 23 || *minute > 59) return {};
  time += std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  text.remove_prefix(16);
  if (text.starts_with(':')) {
    const auto second = text.size() >= 3 ? number_of<unsigned>(text.substr(1, 2)) : std::nullopt;
    if (!second || *second > 60) return {};
    time += std::chrono::seconds(*second);
    text.remove_prefix(3);
  }
  const auto rest = rest_of(text);
  return rest ? std::optional(time + *rest) : std::nullopt;
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
  static constexpr std::array<std::string_view, 15> kStates{
      "live",       "over",  "calling",    "ringing",    "answered", "ended",    "cancelled", "failed",
      "unanswered", "asked", "challenged", "registered", "removed",  "rejected", ""};
  std::vector<std::string> words = words_of(value);
  for (const std::string& word : words)
    if (std::find(kStates.begin(), kStates.end(), word) == kStates.end())
      throw BadQuery(fmt::format("\"{}\" is no state (live, over, {})", word,
                                 fmt::join(kStates.begin() + 2, kStates.end() - 1, ", ")));
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
    filter.since = parse_time(value, now);
  } else if (name == "until") {
    filter.until = parse_time(value, now);
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

Time parse_time(std::string_view text, Time now) {
  if (const auto age = age_of(text)) return now - std::min(*age, now.time_since_epoch());
  if (const auto moment = moment_of(text)) return *moment;
  throw BadQuery(fmt::format("\"{}\" is no time: 2026-11-25T10:00:00Z, or how long ago: 90s, 15m, 2h, 7d", text));
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

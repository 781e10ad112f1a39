#include "userspace/app/status_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/app/tables.h"
#include "userspace/finding/gravity.h"
#include "userspace/sink/json_fields.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::size_t kLabel = 10;
constexpr std::size_t kUsualWidth = 100;  // of sentences where nobody knows the width

std::string labelled(std::string_view label, std::string_view colour, std::string_view text,
                     const TableLayout& layout) {
  const std::size_t width = std::max(layout.width == 0 ? kUsualWidth : layout.width, kLabel + 10) - kLabel;
  return layout.paint(fmt::format("{:{}}", label, kLabel), colour) + wrapped(printable(text), width, kLabel) + '\n';
}

std::string plural_in(const Json& object, const char* key, std::string_view one) {
  const auto number = number_in(object, key);
  return plural(static_cast<std::uint64_t>(std::clamp(number.value_or(0), 0.0, 1e18)), one);
}

std::string_view colour_of_level(const std::string& level) {
  if (level == "red") return ansi::kRed;
  if (level == "amber") return ansi::kYellow;
  return level == "green" ? ansi::kGreen : ansi::kDim;
}

// "45 s", "12 min 5 s", "3 h 20 min", "12 d 4 h"
std::string lasted(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e12));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

std::string health_of(const Json& health, const TableLayout& layout) {
  const std::string level = text_in(health, "level");
  std::string word = printable(level);
  std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  std::string text = labelled(word, colour_of_level(level), text_in(health, "sentence"), layout);
  if (const std::string remedy = text_in(health, "remedy"); remedy != "-")
    text += labelled("To do", ansi::kBold, remedy, layout);
  return text + '\n';
}

std::string program_of(const Json& status, double seconds) {
  const auto ready = status.find("ready");
  const bool watching = ready != status.end() && ready->is_boolean() && ready->get<bool>();
  return fmt::format("{}, for {}, since {} UTC{}", text_in(status, "version"), lasted(seconds),
                     time_in(status, "started", {}), watching ? "" : "; NOT READY: a side has no interface that is up");
}

// Each id with how many calls, registrations or boxes it is about, the gravest first.
std::string findings_of(const Json& counts) {
  std::vector<std::pair<const FindingKind*, double>> found;
  for (const auto& [id, count] : counts.items())
    if (const FindingKind* const kind = find_kind(id); count.is_number() && kind != nullptr)
      found.emplace_back(kind, count.get<double>());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return graver(*a.first, *b.first); });
  std::string text;
  for (const auto& [kind, count] : found) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", kind->id, count);
  return text.empty() ? "none" : text;
}

// Tables that were too small: what they lost may be missing in what is told.
std::string full_tables_of(const Json& status, const TableLayout& layout) {
  std::string text;
  const auto tables = status.find("tables");
  if (tables == status.end() || !tables->is_array()) return text;
  for (const Json& table : *tables)
    if (number_in(table, "evictions").value_or(0) > 0)
      text +=
          labelled("Full", ansi::kYellow,
                   fmt::format("the table of {}: {} of {}, {} had to go", text_in(table, "table"),
                               count_in(table, "entries"), count_in(table, "capacity"), count_in(table, "evictions")),
                   layout);
  return text;
}

}  // namespace

std::string status_text(const Json& status, const TableLayout& layout) {
  const Json& summary = object_in(status, "summary");
  const Json& crossings = object_in(summary, "crossings");
  const auto started = moment_in(status, "started");
  const auto now = moment_in(status, "now");
  const double seconds = started && now ? std::chrono::duration<double>(*now - *started).count() : 0;
  std::string text = health_of(object_in(status, "health"), layout);
  const auto line = [&](std::string_view label, const std::string& words) {
    text += labelled(label, ansi::kDim, words, layout);
  };
  line("vialens", program_of(status, seconds));
  line("Calls", fmt::format("{} live, {} since the start", count_in(status, "calls_live"), count_in(summary, "calls")));
  line("Phones", fmt::format("{} registered, {} since the start", count_in(status, "registrations_live"),
                             plural_in(summary, "registrations", "registration")));
  line("SIP", fmt::format("{}; seen on both sides: {} unchanged, {} rewritten ({} harmless, {} incomplete, {} "
                          "broken)",
                          plural_in(summary, "sip_messages", "message"), count_in(crossings, "unchanged"),
                          count_in(crossings, "rewritten"), count_in(crossings, "harmless"),
                          count_in(crossings, "incomplete"), count_in(crossings, "broken")));
  line("Media",
       fmt::format("{}, {}", plural_in(summary, "rtp_streams", "stream"), plural_in(summary, "rtp_packets", "packet")));
  line("Findings", findings_of(object_in(summary, "findings")));
  if (number_in(summary, "lost").value_or(0) > 0)
    text += labelled("Missed", ansi::kRed,
                     fmt::format("{}: what is not reported may have happened", plural_in(summary, "lost", "packet")),
                     layout);
  text += full_tables_of(status, layout);
  if (const auto taps = summary.find("taps"); taps != summary.end() && taps->is_array() && !taps->empty()) {
    std::vector<std::string> items;
    for (const Json& tap : *taps) items.push_back(to_text(tap));
    text += '\n' + tap_table(items, layout);
  }
  return text;
}

}  // namespace vialens::app

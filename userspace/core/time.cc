#include "userspace/core/time.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace vialens {
namespace {

using std::chrono::nanoseconds;

// Takes a number of so many digits (0: 1 to 9 of them) off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  if (digits == 0 ? count == 0 || count > 9 : count < digits) return {};
  if (digits != 0) count = digits;
  int number = 0;
  std::from_chars(text.data(), text.data() + count, number);
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The number behind `separator`; -1 if that is not there, or the number is not below `limit`.
int take_part(std::string_view& text, char separator, int limit) {
  if (!take(text, separator)) return -1;
  const auto number = take_number(text, 2);
  return number && *number < limit ? *number : -1;
}

std::optional<Time> parse_ago(std::string_view text, Time now) {
  const auto count = take_number(text, 0);
  if (!count || text.size() != 1) return {};
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86400};
  const std::size_t unit = kUnits.find(text.front());
  if (unit == kUnits.npos) return {};
  const std::chrono::seconds ago(*count * kSeconds[unit]);
  return ago > std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) ? Time{} : now - ago;
}

// "Z", "+01:00" or nothing: what is to be subtracted.
std::optional<nanoseconds> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return nanoseconds{0};
  const char sign = text.front();
  if (sign != '+' && sign != '-') return {};
  const int hours = take_part(text, sign, 24);
  const int minutes = take_part(text, ':', 60);
  if (hours < 0 || minutes < 0 || !text.empty()) return {};
  const nanoseconds offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return sign == '+' ? offset : -offset;
}

// "T07:30:28.123": from midnight. Takes it off the front.
std::optional<nanoseconds> take_clock(std::string_view& text) {
  const int hours = take_part(text, text.starts_with('t') || text.starts_with(' ') ? text.front() : 'T', 24);
  const int minutes = take_part(text, ':', 60);
  if (hours < 0 || minutes < 0) return {};
  nanoseconds clock = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (!text.starts_with(':')) return clock;
  const int seconds = take_part(text, ':', 61);  // a leap second is the next one
  if (seconds < 0) return {};
  clock += std::chrono::seconds(seconds);
  if (!take(text, '.')) return clock;
  const std::size_t before = text.size();
  const auto fraction = take_number(text, 0);
  if (!fraction) return {};
  std::int64_t part = *fraction;
  for (std::size_t digits = before - text.size(); digits < 9; ++digits) part *= 10;
  return clock + nanoseconds(part);
}

}  // namespace

std::optional<Time> parse_time(std::string_view text, Time now) {
  if (const auto time = parse_ago(text, now)) return time;
  const auto year = take_number(text, 4);
  const int month = take_part(text, '-', 13);
  const int day = take_part(text, '-', 32);
  if (!year || month < 0 || day < 0) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || *year < 1970 || *year > 2261) return {};  // what nanoseconds can count
  const Time midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight;
  const auto clock = take_clock(text);
  const auto zone = clock ? parse_zone(text) : std::nullopt;
  if (!zone) return {};
  return midnight + *clock - *zone;
}

std::string to_rfc3339(Time time) {
  // To microseconds first: the first day that nanoseconds can count begins before they do.
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  const auto midnight = std::chrono::floor<std::chrono::days>(micros);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{micros - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace vialens

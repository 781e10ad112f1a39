#include "userspace/core/time.h"

#include <fmt/format.h>

namespace vialens {

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

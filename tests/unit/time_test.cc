#include "userspace/core/time.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

const Time kNow = Time(std::chrono::seconds(1'800'000'000));

std::string parsed(std::string_view text) {
  const auto time = parse_time(text, kNow);
  return time ? to_rfc3339(*time) : "nothing";
}

TEST(ParseTime, TakesRfc3339AndItsBeginnings) {
  EXPECT_EQ(parsed("2026-11-25T10:00:01.25Z"), "2026-11-25T10:00:01.250000Z");
  EXPECT_EQ(parsed("2026-11-25t10:00:01z"), "2026-11-25T10:00:01.000000Z");
  EXPECT_EQ(parsed("2026-11-25T10:00"), "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(parsed("2026-11-25 10:00"), "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(parsed("2026-11-25T10:00+01:30"), "2026-11-25T08:30:00.000000Z");
  EXPECT_EQ(parsed("2026-11-25T23:00:00-02:00"), "2026-11-26T01:00:00.000000Z");
  EXPECT_EQ(parsed("2024-02-29"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(parsed(to_rfc3339(kNow)), to_rfc3339(kNow));
}

TEST(ParseTime, TakesHowLongAgo) {
  EXPECT_EQ(parsed("0s"), to_rfc3339(kNow));
  EXPECT_EQ(parsed("90s"), to_rfc3339(kNow - std::chrono::seconds(90)));
  EXPECT_EQ(parsed("15m"), to_rfc3339(kNow - std::chrono::minutes(15)));
  EXPECT_EQ(parsed("2h"), to_rfc3339(kNow - std::chrono::hours(2)));
  EXPECT_EQ(parsed("7d"), to_rfc3339(kNow - std::chrono::days(7)));
  EXPECT_EQ(parsed("999999999d"), "1970-01-01T00:00:00.000000Z");
}

TEST(ParseTime, TakesNothingElse) {
  for (const char* text : {"",
                           "h",
                           "2",
                           "2w",
                           "-2h",
                           "2hh",
                           "9999999999s",
                           "yesterday",
                           "2026",
                           "2026-11",
                           "2026-11-31",
                           "2026-13-01",
                           "26-11-25",
                           "2026-11-25T",
                           "2026-11-25T10",
                           "2026-11-25T24:00",
                           "2026-11-25T10:60",
                           "2026-11-25T10:00:",
                           "2026-11-25T10:00:00.",
                           "2026-11-25T10:00x",
                           "2026-11-25T10:00+1",
                           "2026-11-25T10:00+01:00x",
                           "1969-12-31",
                           "9999-01-01",
                           "2026-11-25T10:00:00.1234567890Z"})
    EXPECT_EQ(parsed(text), "nothing") << text;
}

}  // namespace
}  // namespace vialens

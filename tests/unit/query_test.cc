#include "userspace/http/query.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

TEST(ParseTime, ReadsMomentsAndAges) {
  const Time now = Time(std::chrono::seconds(1'700'000'000));
  const auto at = [](const char* text) {
    return to_rfc3339(parse_time(text, Time(std::chrono::seconds(1'700'000'000))));
  };
  EXPECT_EQ(at("2026-11-25T10:00:00Z"), "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(at("2026-11-25T10:00:00.25+01:30"), "2026-11-25T08:30:00.250000Z");
  EXPECT_EQ(at("2026-11-25T23:00:00-02:00"), "2026-11-26T01:00:00.000000Z");
  EXPECT_EQ(at("2026-11-25T10:00"), "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(at("2026-11-25 10:00:01"), "2026-11-25T10:00:01.000000Z");
  EXPECT_EQ(at("2026-11-25"), "2026-11-25T00:00:00.000000Z");
  EXPECT_EQ(parse_time("90s", now), now - std::chrono::seconds(90));
  EXPECT_EQ(parse_time("15m", now), now - std::chrono::minutes(15));
  EXPECT_EQ(parse_time("2h", now), now - std::chrono::hours(2));
  EXPECT_EQ(parse_time("7d", now), now - std::chrono::hours(168));
  EXPECT_EQ(parse_time("4294967295d", now), Time{});
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* text :
       {"", "h", "-1h", "1w", "1.5h", "yesterday", "2026-13-01", "2026-02-30", "2026-11-25T", "2026-11-25T1:00",
        "2026-11-25T25:00", "2026-11-25T10:00:61", "2026-11-25T10:00:00.", "2026-11-25T10:00:00+1:00",
        "2026-11-25T10:00:00+24:00", "2026-11-25T10:00:00ZZ", "9999-01-01", "0001-01-01", "2026_11_25"})
    EXPECT_THROW(parse_time(text, Time(std::chrono::seconds(1'700'000'000))), BadQuery) << text;
}

TEST(ParseFilter, SetsEachField) {
  const Filter filter = parse_filter({{"finding", "alg,media-one-way,"},
                                      {"side", "wan"},
                                      {"severity", "critical"},
                                      {"confidence", "0.8"},
                                      {"limit", "7"},
                                      {"cursor", "12"},
                                      {"call_id", "a@b"}},
                                     {"finding", "side", "severity", "confidence", "limit", "cursor", "call_id"}, {});
  EXPECT_EQ(filter.findings, (std::vector<std::string>{"alg", "media-one-way"}));
  EXPECT_EQ(filter.side, Side::wan);
  EXPECT_EQ(filter.severity, Severity::critical);
  EXPECT_EQ(filter.confidence, 0.8);
  EXPECT_EQ(filter.limit, 7U);
  EXPECT_EQ(filter.before, 12U);
  EXPECT_EQ(filter.call_id, "a@b");
}

TEST(ParseFilter, NamesWhatThereIs) {
  try {
    parse_filter({{"sise", "lan"}}, {"side", "limit"}, {});
    FAIL();
  } catch (const BadQuery& error) {
    EXPECT_STREQ(error.what(), "there is no parameter \"sise\" here; there are: side, limit");
  }
  EXPECT_THROW(parse_filter({{"side", "lan"}}, {}, {}), BadQuery);
  EXPECT_THROW(parse_filter({{"subscriber", std::string(257, 'a')}}, {"subscriber"}, {}), BadQuery);
}

}  // namespace
}  // namespace vialens

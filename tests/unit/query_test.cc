#include "userspace/http/query.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

TEST(ParseFilter, ReadsTimes) {
  const Time now = Time(std::chrono::seconds(1'700'000'000));
  const Filter filter = parse_filter({{"since", "15m"}, {"until", "2026-11-25T10:00:00Z"}}, {"since", "until"}, now);
  EXPECT_EQ(filter.since, now - std::chrono::minutes(15));
  EXPECT_EQ(to_rfc3339(*filter.until), "2026-11-25T10:00:00.000000Z");
  for (const char* text : {"", "h", "-1h", "1w", "yesterday", "2026-13-01", "2026-11-25T25:00", "9999-99-01"})
    EXPECT_THROW(parse_filter({{"since", text}}, {"since"}, now), BadQuery) << text;
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

// Which of several findings is told first.
#include "userspace/finding/gravity.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/sink_fixture.h"

namespace vialens {
namespace {

Finding found(std::string_view id, double confidence = 0.99, std::string_view verdict = "") {
  Finding finding = test::a_finding();
  finding.kind = find_kind(id);
  finding.confidence = confidence;
  finding.verdict = verdict;
  return finding;
}

std::vector<std::string_view> gravest_first(std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return graver(a, b); });
  std::vector<std::string_view> ids;
  for (const Finding& finding : findings) ids.push_back(finding.kind->id);
  return ids;
}

using Ids = std::vector<std::string_view>;

TEST(Gravity, OfEqualRewritesTheOneThatDoesMoreHarmComesFirst) {
  Finding latest = found("alg-via-params", 0.99);
  latest.time += std::chrono::seconds(1);
  EXPECT_EQ(gravest_first({latest, found("alg-sdp-origin"), found("alg-via"), found("alg-contact", 0.97)}),
            (Ids{"alg-contact", "alg-via", "alg-via-params", "alg-sdp-origin"}));
}

TEST(Gravity, GoesByCertaintyThenSeverityThenHarm) {
  EXPECT_EQ(
      gravest_first({found("note-hold"), found("alg-contact", 0.45), found("nat-symmetric"),
                     found("media-one-way", 0.6), found("alg-via"), found("alg-route", 0.85), found("alg-route")}),
      (Ids{"alg-route", "alg-route", "alg-via", "media-one-way", "nat-symmetric", "alg-contact", "note-hold"}));
}

TEST(Gravity, ASymptomWithItsCauseComesBeforeAll) {
  EXPECT_EQ(gravest_first({found("alg-partial"), found("media-one-way", 0.6, "because"), found("call-ack-lost", 0.9)}),
            (Ids{"media-one-way", "alg-partial", "call-ack-lost"}));
}

TEST(Gravity, TheLaterOfEqualOnesComesFirst) {
  Finding later = found("alg-contact");
  later.time += std::chrono::seconds(1);
  EXPECT_TRUE(graver(later, found("alg-contact")));
  EXPECT_FALSE(graver(later, later));
}

TEST(Gravity, OfKinds) {
  EXPECT_TRUE(graver(*find_kind("alg-partial"), *find_kind("alg-contact")));
  EXPECT_TRUE(graver(*find_kind("alg-contact"), *find_kind("alg-via-params")));
  EXPECT_TRUE(graver(*find_kind("nat-symmetric"), *find_kind("note-hold")));
}

}  // namespace
}  // namespace vialens

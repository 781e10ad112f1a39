#include "userspace/finding/findings.h"

#include <gtest/gtest.h>

#include <set>

namespace vialens {
namespace {

class FindingsTest : public testing::Test {
 protected:
  static Finding finding(std::string_view id, double confidence, const std::string& call_id) {
    Finding finding;
    finding.kind = find_kind(id);
    finding.confidence = confidence;
    finding.subject = {Subject::Kind::call, call_id, ""};
    return finding;
  }

  std::vector<Finding> told;
  Findings findings{[this](const Finding& finding) { told.push_back(finding); }};
};

TEST_F(FindingsTest, TellsEachKindOncePerSubject) {
  findings.add(finding("alg-via", 0.9, "one"));
  findings.add(finding("alg-via", 0.9, "one"));
  findings.add(finding("alg-contact", 0.9, "one"));
  findings.add(finding("alg-via", 0.9, "two"));
  EXPECT_EQ(told.size(), 3U);
  EXPECT_EQ(findings.repeats(), 1U);
  ASSERT_EQ(findings.by_kind().size(), 2U);
  EXPECT_EQ(findings.by_kind().at("alg-contact").subjects, 1U);
  EXPECT_EQ(findings.by_kind().at("alg-via").subjects, 2U);
}

TEST_F(FindingsTest, TellsAgainWhatIsSurerNow) {
  findings.add(finding("alg-dropped", 0.6, "one"));
  findings.add(finding("alg-dropped", 0.5, "one"));
  findings.add(finding("alg-dropped", 0.9, "one"));
  findings.add(finding("alg-dropped", 0.9, "one"));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].confidence, 0.9);
  EXPECT_EQ(findings.by_kind().at("alg-dropped").subjects, 1U);
  EXPECT_EQ(findings.repeats(), 3U);
}

TEST_F(FindingsTest, CountsWhatItForgets) {
  Findings few([this](const Finding& finding) { told.push_back(finding); }, 3);
  for (const char* call : {"one", "two", "three", "four", "one"}) few.add(finding("alg-via", 0.9, call));
  EXPECT_EQ(told.size(), 5U);
  EXPECT_EQ(few.fill().entries, 2U);
  EXPECT_EQ(few.fill().evictions, 3U);
}

TEST_F(FindingsTest, TellsSubjectsApartByTheirKind) {
  Finding of_box = finding("alg-via", 0.9, "");
  of_box.subject = {};
  Finding of_registration = of_box;
  of_registration.subject = {Subject::Kind::registration, "", "sip:a@b"};
  findings.add(of_box);
  findings.add(of_registration);
  findings.add(of_box);
  EXPECT_EQ(told.size(), 2U);
}

TEST(FindingKinds, SayWhatToDo) {
  std::set<std::string_view> ids;
  for (const FindingKind& kind : all_kinds()) {
    SCOPED_TRACE(kind.id);
    EXPECT_TRUE(ids.insert(kind.id).second);
    EXPECT_FALSE(kind.title.empty());
    EXPECT_FALSE(kind.meaning.empty());
    EXPECT_FALSE(kind.rule.empty());
    EXPECT_TRUE(!kind.remedy.empty() || kind.id.starts_with("note-"));
    EXPECT_FALSE(kind.rfc.empty());
    EXPECT_EQ(find_kind(kind.id), &kind);
  }
  EXPECT_EQ(find_kind("alg-nonsense"), nullptr);
  EXPECT_EQ(find_kind(""), nullptr);
}

TEST(FindingKinds, GiveConfidenceAWord) {
  EXPECT_EQ(confidence_word(0.99), "proven");
  EXPECT_EQ(confidence_word(0.95), "proven");
  EXPECT_EQ(confidence_word(0.9), "strong");
  EXPECT_EQ(confidence_word(0.8), "strong");
  EXPECT_EQ(confidence_word(0.5), "likely");
  EXPECT_EQ(confidence_word(0.49), "hint");
}

}  // namespace
}  // namespace vialens

// The detector of rewritten fields, told what crossed the box.
#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

using namespace test;

class AlgRewriteTest : public testing::Test {
 protected:
  void cross(const std::string& entry, const std::string& exit, Direction direction = Direction::out) {
    sip::Message::parse(entry, entered);
    sip::Message::parse(exit, left);
    changes.clear();
    compare({entered, left}, changes);
    const bool out = direction == Direction::out;
    const Sighting in{out ? &lan : &wan, time_of(1), Transport::udp, {}, {}, 0, false, &entered};
    const Sighting gone{out ? &wan : &lan, time_of(1.5), Transport::udp, {}, {}, 0, false, &left};
    Crossing crossing{in, gone, direction, changes, "the-call"};
    crossing.proxied = looks_proxied({entered, left});
    crossing.grade = grade_of(crossing);
    detector->on_crossing(crossing, findings);
  }

  TapInfo lan{0, "lan", "", Side::lan, Direction::unknown, ""}, wan{1, "wan", "", Side::wan, Direction::unknown, ""};
  std::unique_ptr<Detector> detector = make_alg_rewrite();
  std::vector<Finding> told;
  Findings findings{[this](const Finding& finding) { told.push_back(finding); }};
  sip::Message entered, left;
  std::vector<Change> changes;
};

TEST_F(AlgRewriteTest, SaysNothingOfWhatPassedUnchanged) {
  cross(invite(), invite());
  cross(invite(), invite().reverse_headers());
  EXPECT_TRUE(told.empty());
}

TEST_F(AlgRewriteTest, KnowsAFindingForEveryField) {
  std::set<std::string_view> ids;
  for (int i = 0; i < static_cast<int>(Field::count_); ++i) {
    SCOPED_TRACE(i);
    sip::Message::parse("OPTIONS sip:b SIP/2.0\r\n\r\n", entered);
    changes = {{static_cast<Field>(i), "place", "a", "b"}};
    const Sighting sighting{&lan, time_of(0), Transport::udp, {}, {}, 0, false, &entered};
    told.clear();
    detector->on_crossing({sighting, sighting, Direction::out, changes}, findings);
    for (const Finding& finding : told) {
      ASSERT_NE(finding.kind, nullptr);
      ids.insert(finding.kind->id);
    }
  }
  // From and To are one; text has a detector of its own.
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(Field::count_) - 2);
}

TEST_F(AlgRewriteTest, ShowsWhatWasAndWhatIs) {
  cross(invite(), invite().set("Contact", "<sip:alice@203.0.113.5:5060>"));
  ASSERT_EQ(told.size(), 1U);
  const Finding& finding = told[0];
  EXPECT_EQ(finding.kind->id, "alg-contact");
  EXPECT_GE(finding.confidence, kProven);
  EXPECT_EQ(finding.time, time_of(1.5));
  EXPECT_EQ(finding.subject.kind, Subject::Kind::call);
  EXPECT_EQ(finding.subject.call_id, "the-call");
  EXPECT_EQ(finding.segment, "lan-wan");
  EXPECT_EQ(finding.direction, "out");
  EXPECT_NE(finding.detail.find("Contact of INVITE (CSeq 1)"), std::string::npos) << finding.detail;
  ASSERT_EQ(finding.evidence.size(), 1U);
  EXPECT_EQ(finding.evidence[0].tap, "wan");
  EXPECT_EQ(finding.evidence[0].message, "INVITE");
  EXPECT_EQ(finding.evidence[0].cseq, 1U);
  EXPECT_EQ(finding.evidence[0].field, "Contact");
  EXPECT_EQ(finding.evidence[0].before, "<sip:alice@192.168.1.33:5060>");
  EXPECT_EQ(finding.evidence[0].after, "<sip:alice@203.0.113.5:5060>");
}

TEST_F(AlgRewriteTest, NamesARegistrationAsThePhoneDoesInBothDirections) {
  const Text inside = register_({.caller = "sip:100@192.168.1.33", .called = "sip:100@192.168.1.33"});
  const Text outside = Text(inside).replace(kPhoneAddress, kRouterAddress);
  cross(inside, outside);
  cross(ok(outside), ok(inside), Direction::in);
  ASSERT_FALSE(told.empty());
  for (const Finding& finding : told) {
    EXPECT_EQ(finding.subject.kind, Subject::Kind::registration);
    EXPECT_EQ(finding.subject.aor, "sip:100@192.168.1.33");
  }
  EXPECT_EQ(told.back().direction, "out");  // the way in repeats what is known
}

TEST_F(AlgRewriteTest, SaysOfTheBoxWhatBelongsToNoCall) {
  cross(options(), options().replace(kPhoneAddress, kRouterAddress));
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0].subject.kind, Subject::Kind::box);
}

TEST_F(AlgRewriteTest, LeavesAProxyTheRouteAndNotTheEnds) {
  const std::string pushed = "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKproxy";
  const Text inside = invite();
  const std::string routed = Text(inside)
                                 .push_front("Via", pushed)
                                 .add("Record-Route", "<sip:203.0.113.5;lr>")
                                 .start_line("INVITE sip:bob@198.51.100.10 SIP/2.0")
                                 .set("Max-Forwards", "69");
  cross(inside, routed);
  EXPECT_TRUE(told.empty());
  cross(inside, Text(inside).push_front("Via", pushed).set("Contact", "<sip:alice@203.0.113.5:5060>"));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind->id, "alg-contact");
  EXPECT_LT(told[0].confidence, kProven);
}

TEST_F(AlgRewriteTest, TellsAllFieldsOfOneMessage) {
  cross(invite(), invite().replace(kPhoneAddress, kRouterAddress));
  Ids ids;
  for (const Finding& finding : told) ids.emplace(finding.kind->id);
  EXPECT_EQ(ids, Ids({"alg-via", "alg-contact", "alg-call-id", "alg-sdp-origin", "alg-sdp-address"}));
}

}  // namespace
}  // namespace vialens

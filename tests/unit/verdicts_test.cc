// The verdict: a symptom with the rewrite that explains it, and none without.
#include "userspace/verdict/verdicts.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

constexpr FindingKind kind(std::string_view id) { return {id, Severity::critical, "title", "", "", "its own", ""}; }

constexpr FindingKind kDropped32 = kind("call-dropped-32s"), kOneWay = kind("media-one-way"),
                      kInboundLost = kind("call-inbound-lost"), kRejected = kind("reg-rejected"),
                      kCrossed = kind("call-crossed"), kCollision = kind("media-port-collision");

Finding about_call(const FindingKind& of, double confidence = 0.9, std::string direction = "") {
  Finding finding;
  finding.kind = &of;
  finding.confidence = confidence;
  finding.subject.kind = Subject::Kind::call;
  finding.subject.call_id = "one";
  finding.direction = std::move(direction);
  finding.detail = "detail";
  return finding;
}

Finding about_registration(const FindingKind& of, std::string aor) {
  Finding finding = about_call(of);
  finding.subject = {};
  finding.subject.kind = Subject::Kind::registration;
  finding.subject.aor = std::move(aor);
  return finding;
}

Finding with(Finding finding, std::string message, std::string field, double confidence = 0.99) {
  finding.confidence = confidence;
  finding.evidence.push_back({"wan", std::move(message), 1, std::move(field), "inside", "outside"});
  return finding;
}

class VerdictsTest : public testing::Test {
 protected:
  Finding cause(std::string_view id, std::string message, std::string field = "", double confidence = 0.99) {
    return with(about_call(*find_kind(id)), std::move(message), std::move(field), confidence);
  }
  const Finding& last() const { return told.back(); }
  // The same call, and nothing else known.
  static bool explains(const Finding& cause, const Finding& symptom) {
    bool explained = false;
    Verdicts fresh([](std::string_view) { return std::array<std::string, 2>{}; },
                   [&](const Finding& finding) { explained |= !finding.verdict.empty(); });
    fresh.add(cause);
    fresh.add(symptom);
    return explained;
  }
  Finding symptom(std::string_view id, Locus locus = Locus::unknown, std::string direction = "") {
    Finding finding = about_call(*find_kind(id), 0.9, std::move(direction));
    finding.locus = locus;
    return finding;
  }

  std::array<std::string, 2> registrations;
  std::vector<Finding> told;
  Verdicts verdicts{[this](std::string_view) { return registrations; },
                    [this](const Finding& finding) { told.push_back(finding); }};
};

TEST_F(VerdictsTest, TellsASymptomAloneThatNothingExplains) {
  verdicts.add(about_call(kDropped32));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(last().verdict, "");
  EXPECT_TRUE(last().causes.empty());
  EXPECT_EQ(last().advice(), "its own");
}

TEST_F(VerdictsTest, JoinsASymptomWithTheRewriteOfTheSameCall) {
  verdicts.add(cause("alg-dropped", "ACK"));
  verdicts.add(about_call(kDropped32));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(last().verdict,
            "The call was cut off about half a minute after it was answered because the router swallowed the "
            "confirmation (ACK) that the other end was waiting for.");
  EXPECT_EQ(last().causes, std::vector<std::string>{"alg-dropped"});
  ASSERT_EQ(last().evidence.size(), 1U);
  EXPECT_EQ(last().evidence[0].message, "ACK");
  EXPECT_EQ(last().advice(), find_kind("alg-dropped")->remedy);
}

TEST_F(VerdictsTest, SaysProbablyWhereTheRewriteMayBeMendedElsewhere) {
  verdicts.add(cause("alg-contact", "200 INVITE", "Contact"));
  verdicts.add(about_call(kDropped32));
  EXPECT_NE(last().verdict.find(", probably because the router changed the address (Contact)"), std::string::npos)
      << last().verdict;
}

TEST_F(VerdictsTest, BlamesNoRewriteThatCannotHaveTheEffect) {
  verdicts.add(cause("alg-contact", "REGISTER", "Contact"));
  verdicts.add(cause("alg-dropped", "OPTIONS"));
  verdicts.add(cause("alg-user-agent", "200 INVITE", "User-Agent"));
  verdicts.add(about_call(kDropped32));
  EXPECT_EQ(last().verdict, "");
}

TEST_F(VerdictsTest, BlamesNoOtherCall) {
  Finding other = cause("alg-dropped", "ACK");
  other.subject.call_id = "two";
  verdicts.add(other);
  verdicts.add(about_call(kDropped32));
  EXPECT_EQ(last().verdict, "");
}

TEST_F(VerdictsTest, RestsOnNoHint) {
  verdicts.add(cause("alg-dropped", "ACK", "", 0.4));
  verdicts.add(about_call(kDropped32));
  EXPECT_EQ(last().verdict, "");
  verdicts.add(cause("alg-sdp-port", "INVITE", "SDP m="));
  verdicts.add(about_call(kOneWay, 0.4, "in"));
  EXPECT_EQ(last().verdict, "");
}

TEST_F(VerdictsTest, TellsASymptomAgainWhenItsCauseIsFound) {
  verdicts.add(about_call(kDropped32));
  verdicts.add(cause("alg-dropped", "ACK"));
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1].kind->id, "alg-dropped");
  EXPECT_EQ(last().kind, &kDropped32);
  EXPECT_NE(last().verdict, "");
  verdicts.add(cause("alg-contact", "200 INVITE", "Contact"));
  EXPECT_EQ(told.size(), 4U) << "and not once more";
}

// Whoever hears nothing was to be reached by the description that went the other way.
TEST_F(VerdictsTest, BlamesTheDescriptionOfTheOneWhoHearsNothing) {
  Finding offer = cause("alg-sdp-port", "INVITE", "SDP m=");
  offer.direction = "out";
  verdicts.add(offer);
  verdicts.add(about_call(kOneWay, 0.9, "out"));
  EXPECT_EQ(last().verdict, "");
  Finding to_phone = about_call(kOneWay, 0.95, "in");
  to_phone.locus = Locus::in_box;
  verdicts.add(to_phone);
  EXPECT_NE(last().verdict.find("One of the two cannot hear the other, probably because"), std::string::npos);
}

TEST_F(VerdictsTest, HoldsARowToWhereTheSymptomShowsItself) {
  const Finding port = cause("alg-sdp-port", "INVITE", "SDP m="), left = cause("alg-partial", "INVITE", "SDP c=");
  EXPECT_TRUE(explains(port, symptom("media-one-way", Locus::in_box)));
  EXPECT_TRUE(explains(port, symptom("media-one-way", Locus::astray)));
  EXPECT_FALSE(explains(port, symptom("media-one-way", Locus::absent)));
  EXPECT_TRUE(explains(left, symptom("call-resume-failed", Locus::astray)));
  EXPECT_FALSE(explains(left, symptom("call-resume-failed", Locus::in_box)));
  EXPECT_FALSE(explains(left, symptom("call-resume-failed", Locus::absent)));
}

TEST_F(VerdictsTest, BlamesNoDescriptionByWhichSomethingWasHeard) {
  const Finding address = cause("alg-sdp-address", "INVITE", "SDP c=");
  EXPECT_TRUE(explains(address, symptom("media-one-way", Locus::absent)));
  EXPECT_FALSE(explains(address, symptom("media-one-way", Locus::broken_off)));
  EXPECT_TRUE(explains(address, symptom("call-crossed", Locus::broken_off))) << "that is how it is broken";
}

TEST_F(VerdictsTest, HoldsARowToItsFieldsAndMessages) {
  EXPECT_TRUE(explains(cause("alg-asymmetric", "INVITE", "Via"), symptom("call-outbound-timeout")));
  EXPECT_FALSE(explains(cause("alg-asymmetric", "INVITE", "Contact"), symptom("call-outbound-timeout")));
  EXPECT_TRUE(explains(cause("alg-asymmetric", "INVITE", "Contact"), symptom("call-ack-lost")));
  EXPECT_FALSE(explains(cause("alg-asymmetric", "INVITE", "SDP c="), symptom("call-ack-lost")));
  EXPECT_TRUE(explains(cause("alg-contact", "REGISTER", "Contact"), symptom("call-inbound-lost")));
  EXPECT_FALSE(explains(cause("alg-contact", "INVITE", "Contact"), symptom("call-inbound-lost")));
}

TEST_F(VerdictsTest, HoldsARowToTheLinesThatItIsAbout) {
  const auto line = [&](std::string text) {
    Finding finding = cause("alg-sdp-attribute", "INVITE", "SDP line");
    finding.evidence.back().before = std::move(text);
    finding.evidence.back().after.clear();
    return finding;
  };
  EXPECT_TRUE(explains(line("a=crypto:1 AES_CM_128_HMAC_SHA1_80"), symptom("media-one-way", Locus::absent)));
  EXPECT_TRUE(explains(line("a=inactive"), symptom("media-one-way", Locus::absent)));
  EXPECT_FALSE(explains(line("a=ptime:20"), symptom("media-one-way", Locus::absent)));
  EXPECT_FALSE(explains(line("a=ptime:20"), symptom("media-one-way", Locus::astray)));
  EXPECT_TRUE(explains(line("a=ptime:20"), symptom("media-one-way", Locus::in_box)));
}

// Of two places, the one that was left as it was leads nowhere.
TEST_F(VerdictsTest, LooksAtThePlaceThatWasLeft) {
  const Finding via_left = with(cause("alg-partial", "INVITE", "Contact"), "INVITE", "Via");
  const Finding contact_left = with(cause("alg-partial", "INVITE", "Via"), "INVITE", "Contact");
  EXPECT_FALSE(explains(via_left, symptom("call-ack-lost")));
  EXPECT_TRUE(explains(contact_left, symptom("call-ack-lost")));
}

TEST_F(VerdictsTest, BlamesForARefusalTheChangeThatItIsAbout) {
  Finding rejected = symptom("call-outbound-rejected");
  rejected.evidence = {{"wan", "404 INVITE", 1, "status", "", "404"},
                       {"wan", "INVITE", 1, "Request-URI", "inside", "outside"}};
  EXPECT_TRUE(explains(cause("alg-request-uri", "INVITE", "Request-URI"), rejected));
  EXPECT_FALSE(explains(cause("alg-contact", "INVITE", "Contact"), rejected));
  EXPECT_TRUE(explains(cause("alg-truncated", "INVITE", "body"), rejected)) << "damage is about everything";
}

TEST_F(VerdictsTest, BlamesNoChangeOfTheRefusalItself) {
  const auto changed = [](std::string message) {
    return with(about_registration(*find_kind("alg-from-to"), "sip:a@b"), std::move(message), "From");
  };
  EXPECT_TRUE(explains(changed("REGISTER"), about_registration(kRejected, "sip:a@b")));
  EXPECT_FALSE(explains(changed("403 REGISTER"), about_registration(kRejected, "sip:a@b")));
}

TEST_F(VerdictsTest, LooksAtTheRegistrationOfThePhoneThatIsCalled) {
  registrations = {"sip:bob@example.com", "sip:alice@example.com"};
  verdicts.add(with(about_registration(*find_kind("alg-contact"), "sip:alice@example.com"), "REGISTER", "Contact"));
  verdicts.add(about_call(kInboundLost));
  EXPECT_EQ(last().causes, std::vector<std::string>{"alg-contact"});
}

TEST_F(VerdictsTest, LooksAtTheBox) {
  Finding box = with(Finding{}, "INVITE", "");
  box.kind = find_kind("nat-stale-mapping");
  verdicts.add(box);
  verdicts.add(about_call(kInboundLost));
  EXPECT_EQ(last().causes, std::vector<std::string>{"nat-stale-mapping"});
}

TEST_F(VerdictsTest, TakesASymptomForTheCauseOfAnother) {
  verdicts.add(about_call(kCollision));
  verdicts.add(about_call(kCrossed));
  EXPECT_EQ(last().causes, std::vector<std::string>{"media-port-collision"});
}

// A finding tells of the first message that was changed; the one that matters may come later.
TEST_F(VerdictsTest, KnowsWhatWasChangedInEveryMessage) {
  const std::string before = ok(invite()), after = ok(invite()).replace_in("Contact", "198.51.100.10", "203.0.113.5");
  sip::Message entered, left;
  sip::Message::parse(before, entered);
  sip::Message::parse(after, left);
  std::vector<Change> changes;
  compare({entered, left}, changes);
  const auto taps = two_taps();
  const Sighting on_wan{&taps[1], time_of(1), Transport::udp, endpoint(kServer), endpoint(kRouter), 0, false, &entered};
  const Sighting on_lan{&taps[0], time_of(1), Transport::udp, endpoint(kServer), endpoint(kPhone), 0, false, &left};
  verdicts.add(about_call(kDropped32));
  verdicts.observe({on_wan, on_lan, Direction::in, changes}, about_call(kDropped32).subject);
  EXPECT_EQ(last().causes, std::vector<std::string>{"alg-contact"});
  ASSERT_FALSE(last().evidence.empty());
  EXPECT_EQ(last().evidence.back().message, "200 INVITE");
}

TEST_F(VerdictsTest, JoinsWithinARegistration) {
  verdicts.add(with(about_registration(*find_kind("alg-from-to"), "sip:a@b"), "REGISTER", "From"));
  verdicts.add(about_registration(kRejected, "sip:a@b"));
  EXPECT_EQ(last().verdict,
            "The phone's registration was rejected because the router changed the name of the account.");
}

TEST(MechanismsTest, NamesFindingsThatExist) {
  for (const FindingKind& known : all_kinds()) {
    const Symptom* const symptom = find_symptom(known.id, "");
    const std::string_view family = known.id.substr(0, known.id.find('-'));
    const bool felt = family == "call" || family == "media" || family == "reg";
    const bool cause_only = known.id == "media-port-collision" || known.id == "call-slow-setup";
    EXPECT_EQ(symptom != nullptr, felt && !cause_only) << known.id;
    if (symptom == nullptr) continue;
    std::vector<Mechanism> mechanisms(symptom->mechanisms.begin(), symptom->mechanisms.end());
    const auto of_decoding = find_symptom(known.id, "encryption")->mechanisms;
    mechanisms.insert(mechanisms.end(), of_decoding.begin(), of_decoding.end());
    for (const Mechanism& mechanism : mechanisms) {
      bool any = false;
      for (const FindingKind& other : all_kinds()) any |= is_one_of(other.id, mechanism.cause);
      EXPECT_TRUE(any) << mechanism.cause;
    }
  }
}

TEST(MechanismsTest, KnowsMessages) {
  EXPECT_TRUE(is_one_of("200 INVITE", "ACK|* INVITE"));
  EXPECT_FALSE(is_one_of("INVITE", "ACK|* INVITE"));
  EXPECT_TRUE(is_one_of("ACK", "ACK|* INVITE"));
  EXPECT_FALSE(is_one_of("200 BYE", "* INVITE"));
  EXPECT_TRUE(begins_with_one_of("SDP c=", "Contact|SDP"));
  EXPECT_TRUE(begins_with_one_of("anything", ""));
}

}  // namespace
}  // namespace vialens

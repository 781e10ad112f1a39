// When silence proves that a message was swallowed, and when it does not: stories told to the whole engine.
#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

const std::string kInvite = invite();
const std::string kAnswer = ok(invite());

class AlgDroppedTest : public testing::Test {
 protected:
  // A message that shows that the path works.
  void keep_alive_out(double time) {
    story.out(time, options(++number));
    story.in(time + 0.01, reply(options(number), 200));
  }
  void swallow_out(double time, int copies, const std::string& text = kInvite) {
    story.repeated(time, copies, [&](double at) { story.swallowed_out(at, text); });
  }
  void swallow_in(double time, int copies, const std::string& text = kInvite) {
    story.repeated(time, copies, [&](double at) { story.swallowed_in(at, text); });
  }
  double confidence(const std::vector<TapInfo>& taps = two_taps()) {
    story.wait_until(200);
    const Outcome outcome = play(story, 0, taps);
    double confidence = 0;
    for (const Finding& finding : outcome.findings)
      if (finding.kind->id == "alg-dropped") confidence = finding.confidence;
    EXPECT_TRUE(outcome.causes().empty() || outcome.causes() == Ids{"alg-dropped"} ||
                outcome.causes() == Ids{"nat-timeout"} || outcome.causes() == Ids{"nat-fragments"});
    // Whatever happens at one time in whatever order, it is the same.
    for (unsigned seed = 1; seed < 4; ++seed)
      EXPECT_EQ(play(story, seed, taps).told(), outcome.told()) << "seed " << seed;
    return confidence;
  }

  Story story;
  int number = 0;
};

constexpr double kStrongly = 0.9;
constexpr double kNothing = 0;

TEST_F(AlgDroppedTest, IsStrongWhileTheOtherMessagesOfThePhoneGetThrough) {
  keep_alive_out(0);
  swallow_out(10, 4);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kStrongly);
  const Outcome outcome = play(story);
  const Finding* finding = outcome.find("alg-dropped");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->subject.kind, Subject::Kind::call);
  EXPECT_EQ(finding->subject.call_id, InDialog{}.call_id);
  EXPECT_EQ(finding->direction, "out");
  EXPECT_NE(finding->detail.find("never left on its wan side"), std::string::npos) << finding->detail;
  ASSERT_EQ(finding->evidence.size(), 1U);
  EXPECT_EQ(finding->evidence[0].before, "INVITE sip:bob@example.com SIP/2.0");
  EXPECT_EQ(finding->evidence[0].tap, "lan");
  ASSERT_EQ(outcome.calls.size(), 1U);
  EXPECT_EQ(outcome.calls[0].findings, (std::vector<std::string>{"note-retransmission", "alg-dropped"}));
}

TEST_F(AlgDroppedTest, IsLikelyAfterManyCopiesIfNothingElseWasSentMeanwhile) {
  keep_alive_out(0);
  swallow_out(10, 7);
  const double told = confidence();
  EXPECT_GE(told, kLikely);
  EXPECT_LT(told, kStrong);
}

// The line may have been down for a moment.
TEST_F(AlgDroppedTest, IsNotSaidOfAFewCopiesIfNothingElseWasSentMeanwhile) {
  keep_alive_out(0);
  swallow_out(10, 4);
  keep_alive_out(100);
  EXPECT_EQ(confidence(), kNothing);
}

// It had come back when the last copy was over.
TEST_F(AlgDroppedTest, IsNotSaidIfThePathWorkedOnlyAfterwards) {
  keep_alive_out(0);
  swallow_out(10, 2);
  keep_alive_out(11.2);
  EXPECT_EQ(confidence(), kNothing);
}

// As it looks when the capture of the other side ended earlier.
TEST_F(AlgDroppedTest, IsNeverStrongWhereNothingCrossesAnyMore) {
  keep_alive_out(0);
  for (int i = 0; i < 10; ++i) story.swallowed_out(5 + i, options(100 + i));
  swallow_out(10, 7);
  EXPECT_LT(confidence(), kStrong);
}

TEST_F(AlgDroppedTest, IsSaidOfMessagesOnTheirWayIn) {
  story.latency = 0.001;
  keep_alive_out(0);
  swallow_in(5, 3);
  keep_alive_out(5.7);
  EXPECT_EQ(confidence(), kStrongly);
  EXPECT_EQ(play(story).find("alg-dropped")->direction, "in");
}

TEST_F(AlgDroppedTest, IsSaidOfAnswersAndAcks) {
  const std::string ack = request("ACK", {.to_tag = "314159", .branch = "z9hG4bKack"});
  story.out(0, kInvite).in(0.1, reply(invite(), 180));
  double pause = 0.5;
  double time = 1;
  for (int i = 0; i < 5; ++i, time += pause, pause *= 2) story.in(time, kAnswer).swallowed_out(time + 0.02, ack);
  EXPECT_EQ(confidence(), kStrongly);
}

TEST_F(AlgDroppedTest, NeedsAPathThatIsKnownToWork) {
  swallow_out(10, 7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, NeedsAPathOfTheSamePhone) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) { story.lan(at, kPhone2, kServer, kInvite); });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);  // that one may be barred, or use another uplink
}

TEST_F(AlgDroppedTest, NeedsAPathToTheSameServer) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) { story.lan(at, kPhone, "198.51.100.11:5060", kInvite); });
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, NeedsAPathThatWorkedLately) {
  keep_alive_out(0);
  swallow_out(700, 7);
  story.wait_until(900);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, NeedsMoreThanOneCopy) {
  keep_alive_out(0);
  swallow_out(10, 1);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, DoesNotTakeAnotherMessageForACopy) {
  keep_alive_out(0);
  for (int i = 0; i < 6; ++i) story.swallowed_out(10 + 0.3 * i, options(500 + i));
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsSilentAfterALossOfTheCapture) {
  keep_alive_out(0);
  swallow_out(10, 4);
  story.capture_lost(10.3);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, ForgetsALossThatWasEarlier) {
  keep_alive_out(0);
  story.capture_lost(5);
  keep_alive_out(6);
  swallow_out(10, 4);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kStrongly);
}

TEST_F(AlgDroppedTest, BlamesTheNatForAMappingThatEnded) {
  keep_alive_out(0);
  swallow_in(40, 7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, BlamesTheNatAlsoWhenThePhoneMadeANewMappingMeanwhile) {
  keep_alive_out(0);
  swallow_in(40, 2);
  keep_alive_out(40.4);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsSilentIfALaterCopyCrossed) {
  keep_alive_out(0);
  swallow_out(10, 1);
  story.out(10.5, kInvite);
  story.swallowed_out(11.5, kInvite).swallowed_out(13.5, kInvite);
  keep_alive_out(12);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsSilentIfAnEarlierCopyCrossed) {
  keep_alive_out(0);
  story.out(10, kInvite);
  story.swallowed_out(10.5, kInvite).swallowed_out(11.5, kInvite).swallowed_out(13.5, kInvite);
  keep_alive_out(12);
  EXPECT_EQ(confidence(), kNothing);
}

// A bridge and its port, both captured: each message is there twice.
TEST_F(AlgDroppedTest, IsNotFooledByMessagesThatAreCapturedTwice) {
  keep_alive_out(0);
  story.repeated(10, 4, [&](double at) {
    story.lan(at, kPhone, kServer, kInvite);
    story.out(at + 0.0001, kInvite);
  });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidOfTcp) {
  story.transport = Transport::tcp;
  keep_alive_out(0);
  swallow_out(10, 7);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidOfMessagesThatTheCaptureCut) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) { story.swallowed_out(at, kInvite).cut(300); });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

// What is left of them does not say what message they are.
TEST_F(AlgDroppedTest, IsNotSaidWhereTheOtherCaptureWasCut) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) {
    story.lan(at, kPhone, kServer, kInvite);
    story.wan(at + 0.001, kRouter, kServer, kInvite).cut(60);
  });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

// Behind the router the message is too long for one packet, and `tcpdump port 5060` keeps the first fragment only.
TEST_F(AlgDroppedTest, IsNotSaidWhereTheOtherCaptureHasNoLaterFragments) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) {
    story.lan(at, kPhone, kServer, kInvite);
    story.wan(at + 0.001, kRouter, kServer, kInvite).fragmented(400, 1);
  });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

// A B2BUA in the path makes a message of its own.
TEST_F(AlgDroppedTest, IsNotSaidWhereSomethingLikeItLeft) {
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) {
    story.lan(at, kPhone, kServer, kInvite);
    story.wan(at + 0.01, kRouter, kServer, invite({.call_id = "new", .from_tag = "new", .branch = "z9hG4bKnew"}));
  });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidOfCallsToATelephoneSystemOnTheBox) {
  const std::string_view inside = "192.168.1.1:5060";
  keep_alive_out(0);
  story.repeated(10, 7, [&](double at) {
    story.lan(at, kPhone, inside, kInvite);                                              // to the system
    story.lan(at, inside, kPhone2, invite({.call_id = "leg", .branch = "z9hG4bKleg"}));  // and on to the other phone
    story.wan(at, "203.0.113.5:5062", kServer, register_());                             // and it registers outside
    story.wan(at, kServer, "203.0.113.5:5062", invite({.call_id = "trunk", .branch = "z9hG4bKtrunk"}));
  });
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidOfScannersThatHaveNoMapping) {
  keep_alive_out(0);
  for (int i = 0; i < 30; ++i) {
    const std::string probe = invite({.call_id = "scan", .branch = "z9hG4bKscan"});
    story.wan(10 + i * 0.1, "192.0.2.66:5060", kRouter, probe);
    story.wan(10 + i * 0.1, "198.51.100.10:5061", kRouter, probe);  // same host, another port
    story.wan(10 + i * 0.1, kServer, "203.0.113.5:6060", probe);    // a port without a mapping
  }
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidOfWhatTheBoxItselfSends) {
  auto taps = two_taps();
  taps[Story::kLan].direction = taps[Story::kWan].direction = Direction::out;  // seen leaving, never entering
  keep_alive_out(0);
  swallow_out(10, 7);
  keep_alive_out(10.7);
  EXPECT_EQ(confidence(taps), kNothing);
}

TEST_F(AlgDroppedTest, IsNotSaidAtTheEndOfTheCaptureOfWhatMayStillComeOut) {
  keep_alive_out(0);
  swallow_out(10, 2);
  keep_alive_out(10.3);
  EXPECT_TRUE(play(story).causes().empty());
}

TEST_F(AlgDroppedTest, IsToldOnce) {
  keep_alive_out(0);
  swallow_out(10, 7);
  for (int i = 1; i < 30; ++i) keep_alive_out(10.2 + i);
  story.wait_until(100);
  EXPECT_EQ(play(story).told_causes().size(), 1U);
}

TEST_F(AlgDroppedTest, IsToldAgainWhenItIsSurer) {
  keep_alive_out(0);
  swallow_out(10, 7);
  keep_alive_out(20);
  story.wait_until(100);
  const Outcome outcome = play(story);
  ASSERT_EQ(outcome.told_causes().size(), 2U);
  EXPECT_LT(outcome.told_causes()[0].confidence, outcome.told_causes()[1].confidence);
  EXPECT_EQ(outcome.counts.at("alg-dropped"), 1U);
}

}  // namespace
}  // namespace vialens

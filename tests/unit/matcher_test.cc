#include "userspace/crossing/matcher.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;
using std::chrono::milliseconds;

class MatcherTest : public testing::Test {
 protected:
  // The partner's bytes, "" if there is none yet.
  std::string see(double time, const TapInfo& tap, std::string_view source, std::string_view destination,
                  const std::string& text, std::uint32_t ip_id = 0, Transport transport = Transport::udp) {
    sip::Message::parse(text, message);
    sighting = {&tap, time_of(time), transport, endpoint(source), endpoint(destination), ip_id, false, &message};
    const Matcher::Waiting* partner = matcher.observe(sighting);
    if (partner == nullptr) return "";
    sip::Message::parse(partner->bytes, other);
    direction = direction_of({partner->tap, partner->time, partner->transport, partner->source, partner->destination,
                              partner->ip_id, partner->cut, &other},
                             sighting);
    partner_time = partner->time;
    return partner->bytes;
  }
  std::string lan_out(double time, const std::string& text, std::uint32_t ip_id = 0) {
    return see(time, lan, kPhone, kServer, text, ip_id);
  }
  std::string wan_out(double time, const std::string& text, std::uint32_t ip_id = 0) {
    return see(time, wan, kRouter, kServer, text, ip_id);
  }
  std::string lan_in(double time, const std::string& text) { return see(time, lan, kServer, kPhone, text); }
  std::string wan_in(double time, const std::string& text) { return see(time, wan, kServer, kRouter, text); }

  void limit(const Matcher::Limits& limits) { matcher = Matcher(limits, sink()); }
  Matcher::Sink sink() {
    return {[this](const Matcher::Waiting& waiting) { unmatched.push_back(waiting.bytes); },
            [this](const Matcher::Waiting& a, const Matcher::Waiting& b) { late.emplace_back(a.bytes, b.bytes); }};
  }

  TapInfo lan{0, "lan", "", Side::lan, Direction::unknown, ""}, wan{1, "wan", "", Side::wan, Direction::unknown, ""};
  std::vector<std::string> unmatched;
  std::vector<std::pair<std::string, std::string>> late;
  Matcher matcher{sink()};
  sip::Message message, other;
  Sighting sighting;
  Direction direction = Direction::unknown;
  Time partner_time;
};

InDialog call(int number) {
  const std::string text = std::to_string(number);
  return {.call_id = text + "-4711@192.168.1.33",
          .from_tag = "4711SIPpTag00" + text,
          .branch = "z9hG4bK-4711-" + text + "-0"};
}

TEST_F(MatcherTest, PairsAMessageWithItselfOnTheWayOut) {
  const std::string text = invite();
  EXPECT_EQ(lan_out(0, text), "");
  EXPECT_EQ(matcher.waiting(), 1U);
  EXPECT_EQ(wan_out(0.001, text), text);
  EXPECT_EQ(direction, Direction::out);
  EXPECT_EQ(matcher.waiting(), 0U);
}

TEST_F(MatcherTest, PairsAMessageWithItselfOnTheWayIn) {
  const std::string text = reply(invite(), 180);
  EXPECT_EQ(wan_in(0, text), "");
  EXPECT_EQ(lan_in(0.001, text), text);
  EXPECT_EQ(direction, Direction::in);
}

TEST_F(MatcherTest, PairsWhenTheCallIdWasChanged) {
  const std::string before = invite();
  const std::string same_form = invite().replace(kPhoneAddress, kRouterAddress);
  const std::string another = invite({.call_id = "hidden-by-the-router"});
  lan_out(0, before);
  EXPECT_EQ(wan_out(0.001, same_form), before);
  lan_out(0.1, before);
  EXPECT_EQ(wan_out(0.101, another), before);
}

TEST_F(MatcherTest, PairsWhenTheCallIdWasChangedAndThereIsNoBranchToGoBy) {
  InDialog old{.branch = "1"};  // RFC 2543
  const std::string before = invite(old);
  lan_out(0, before);
  EXPECT_EQ(wan_out(0.001, invite(old).replace(kPhoneAddress, kRouterAddress)), before);
}

TEST_F(MatcherTest, PairsWhenCallIdAndBranchWereChangedByWhatTheKernelKeeps) {
  const std::string before = invite();
  const std::string after = invite({.call_id = "x@203.0.113.5", .branch = "z9hG4bKrouter"});
  lan_out(0, before, 4711);
  EXPECT_EQ(wan_out(0.001, after, 4711), before);
  lan_out(1, before, 4712);
  EXPECT_EQ(wan_out(1.001, after, 9), "");
}

TEST_F(MatcherTest, PairsWhenTheBranchWasChangedAtOnceIfTheKernelKeptItsIdentification) {
  const std::string before = invite();
  const std::string after = invite({.branch = "z9hG4bKrouter"});
  lan_out(0, before, 5);
  EXPECT_EQ(wan_out(0.001, after, 5), before);
}

TEST_F(MatcherTest, PairsWhenTheBranchWasChangedOnceNothingBetterCanCome) {
  const std::string before = invite();
  const std::string after = invite({.branch = "z9hG4bKrouter"});
  lan_out(0, before);
  EXPECT_EQ(wan_out(0.001, after), "");
  matcher.advance(time_of(1.0005));
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0], std::pair(before, after));
  EXPECT_TRUE(unmatched.empty());
  EXPECT_EQ(matcher.waiting(), 0U);
}

TEST_F(MatcherTest, PairsWhenTheCookieOfTheBranchWasLost) {
  const std::string before = invite();
  lan_out(0, before);
  EXPECT_EQ(wan_out(0.001, invite({.branch = "776asdhds"})), before);
}

// One caller, two phones behind one router: the server sends two requests that differ in branch and target only.
TEST_F(MatcherTest, KeepsTheBranchesOfAForkApart) {
  const std::string one = invite({.branch = "z9hG4bKfork1"});
  const std::string two = invite({.branch = "z9hG4bKfork2"});
  wan_in(0, one);  // swallowed
  EXPECT_EQ(lan_in(0.01, two), "");
  EXPECT_EQ(wan_in(0.01, two), two);
  matcher.finish();
  EXPECT_EQ(unmatched, std::vector{one});
  EXPECT_TRUE(late.empty());
}

TEST_F(MatcherTest, LetsAMessageFindABetterPartnerBeforeItIsPairedLate) {
  const std::string one = invite({.branch = "z9hG4bKfork1"});
  const std::string two = invite({.branch = "z9hG4bKfork2"});
  wan_in(0, one);  // swallowed
  lan_in(0.9, two);
  matcher.advance(time_of(1.01));
  EXPECT_EQ(wan_in(1.02, two), two);
  EXPECT_TRUE(late.empty());
}

TEST_F(MatcherTest, KeepsTheAnswersOfAForkApart) {
  const std::string one = ok(invite(), "one");
  const std::string two = ok(invite(), "two");
  wan_in(0, one);
  EXPECT_EQ(lan_in(0.01, two), "");
  matcher.finish();
  EXPECT_TRUE(late.empty());
  EXPECT_EQ(unmatched.size(), 2U);
}

TEST_F(MatcherTest, DoesNotPairTwoCallsOfOneGeneratorWhenOneWasSwallowed) {
  const std::string swallowed = invite(call(1));
  const std::string passed = invite(call(2));
  lan_out(0, swallowed);
  EXPECT_EQ(wan_out(0.001, passed), "");
  EXPECT_EQ(lan_out(0.002, passed), passed);
  matcher.advance(time_of(5));
  EXPECT_EQ(unmatched, std::vector{swallowed});
}

TEST_F(MatcherTest, DoesNotTakeNumbersWithDotsForAddresses) {
  const auto numbered = [](const std::string& call_id) {
    return invite({.call_id = call_id, .from_tag = "t", .branch = "old"}).str();
  };
  for (const auto& [one, two] : {std::pair{"1700.123.45.6", "1700.123.45.7"}, std::pair{"10.0.0.1.5", "10.0.0.2.5"},
                                 std::pair{"1.2.3", "1.2.4"}, std::pair{"1.2.3.256", "1.2.3.257"}}) {
    SCOPED_TRACE(one);
    lan_out(0, numbered(one));
    EXPECT_EQ(wan_out(0.001, numbered(two)), "");
    matcher.finish();
  }
}

TEST_F(MatcherTest, DoesNotPairDialogsThatShareACallIdButNoTag) {
  lan_out(0, invite({.from_tag = "a", .branch = "1"}));
  EXPECT_EQ(wan_out(0.001, invite({.from_tag = "b", .branch = "1"})), "");
}

TEST_F(MatcherTest, PairsWhatHasNeitherTagNorBranch) {
  const std::string text = invite({.from_tag = "", .branch = "1"});
  lan_out(0, text);
  EXPECT_EQ(wan_out(0.001, text), text);
}

TEST_F(MatcherTest, DoesNotPairDifferentRequestsOfOneDialog) {
  lan_out(0, invite());
  EXPECT_EQ(wan_out(0.001, invite({.cseq = 2})), "");
  EXPECT_EQ(wan_out(0.002, request("CANCEL")), "");
  EXPECT_EQ(wan_out(0.003, reply(invite(), 180)), "");
  EXPECT_EQ(wan_out(0.004, reply(invite(), 183)), "");
}

TEST_F(MatcherTest, PairsRetransmissionsWithTheNearest) {
  const std::string text = invite();
  lan_out(0, text);
  lan_out(0.5, text);
  EXPECT_EQ(wan_out(0.501, text), text);  // that of the first was lost
  EXPECT_EQ(partner_time, time_of(0.5));
  EXPECT_EQ(matcher.waiting(), 1U);
}

TEST_F(MatcherTest, PairsRetransmissionsWithTheNearestAlsoWhereTheIdentificationIsNew) {
  const std::string text = invite();
  lan_out(0, text, 1);
  lan_out(0.5, text, 2);
  EXPECT_EQ(wan_out(0.501, text, 99), text);
  EXPECT_EQ(partner_time, time_of(0.5));
}

TEST_F(MatcherTest, PairsRetransmissionsOfASlowRouterByTheirIdentification) {
  const std::string text = invite();
  lan_out(0, text, 1);
  lan_out(0.5, text, 2);
  EXPECT_EQ(wan_out(0.62, text, 1), text);
  EXPECT_EQ(partner_time, time_of(0));
}

// The router says "100 Trying" in the phone's name, and the phone says so itself.
TEST_F(MatcherTest, TellsAnAnswerThatTheRouterMadeUpFromTheOneBehindIt) {
  const Text asked = invite();
  const std::string made_up = reply(asked, 100).add("Server", "router");
  const std::string real = reply(asked, 100).add("User-Agent", "phone");
  const std::string rewritten = reply(asked, 100).add("User-Agent", "phone").replace(kPhoneAddress, kRouterAddress);
  EXPECT_EQ(wan_out(0, made_up, 7), "");
  EXPECT_EQ(lan_out(0.0005, real, 8), "");
  EXPECT_EQ(wan_out(0.001, rewritten, 8), real);
  matcher.advance(time_of(3));
  EXPECT_EQ(unmatched, std::vector{made_up});
}

TEST_F(MatcherTest, PairsWhatARouterSendsAnewWhenNothingBetterHasCome) {
  const std::string before = invite();
  const std::string after = invite().add("X-Router", "1");
  EXPECT_EQ(lan_out(0, before, 7), "");
  EXPECT_EQ(wan_out(0.01, after, 9), "");
  matcher.advance(time_of(3));
  EXPECT_EQ(late, (std::vector<std::pair<std::string, std::string>>{{before, after}}));
  EXPECT_TRUE(unmatched.empty());
}

TEST_F(MatcherTest, PairsWithoutNat) {
  const std::string text = invite();
  const std::string_view phone = "192.0.2.10:5060";
  see(0, lan, phone, kServer, text);
  EXPECT_EQ(see(0.001, wan, phone, kServer, text), text);
  EXPECT_EQ(direction, Direction::out);
  see(1, wan, kServer, phone, text);
  EXPECT_EQ(see(1.001, lan, kServer, phone, text), text);
  EXPECT_EQ(direction, Direction::in);
}

TEST_F(MatcherTest, TakesEqualTimesInEitherOrder) {
  const std::string text = invite();
  wan_out(0, text);
  EXPECT_EQ(lan_out(0, text), text);
  EXPECT_EQ(direction, Direction::out);
  lan_in(1, text);
  EXPECT_EQ(wan_in(1, text), text);
  EXPECT_EQ(direction, Direction::in);
}

TEST_F(MatcherTest, TakesThePrivateEndForTheInnerOneOnEqualTimesWithoutNat) {
  const std::string text = invite();
  see(0, wan, kPhone, kServer, text);
  EXPECT_EQ(see(0, lan, kPhone, kServer, text), text);
  EXPECT_EQ(direction, Direction::out);
  see(1, lan, kServer, kPhone, text);
  EXPECT_EQ(see(1, wan, kServer, kPhone, text), text);
  EXPECT_EQ(direction, Direction::in);
}

TEST_F(MatcherTest, FindsThePartnerThatTheFileBehindHasFirst) {
  const std::string text = invite();
  wan_out(0.2, text);  // the clock of the other capture is ahead
  EXPECT_EQ(lan_out(0, text), text);
  EXPECT_EQ(direction, Direction::out);
}

TEST_F(MatcherTest, BelievesTapsThatKnowTheirDirection) {
  const std::string text = invite();
  lan.direction = Direction::in;
  wan.direction = Direction::out;
  see(0.002, wan, kPhone, kServer, text);  // without NAT, and the clocks disagree
  EXPECT_EQ(see(0.003, lan, kPhone, kServer, text), text);
  EXPECT_EQ(direction, Direction::out);

  wan.direction = Direction::in;
  lan_out(1, text);
  EXPECT_EQ(wan_out(1.001, text), "");  // came in at both: the box did not forward it
}

TEST_F(MatcherTest, PairsOneSideWithTheOtherOnly) {
  const std::string text = invite();
  lan_out(0, text);
  EXPECT_EQ(lan_out(0.001, text), "");
  TapInfo server{2, "server", "", Side::server, Direction::unknown, ""};
  EXPECT_EQ(see(0.002, server, kRouter, kServer, text), "");
}

TEST_F(MatcherTest, NeedsOneEndInCommon) {
  const std::string text = invite();
  lan_out(0, text);
  EXPECT_EQ(see(0.001, wan, kRouter, "198.51.100.11:5060", text), "");  // a B2BUA on the box sends it elsewhere
  EXPECT_EQ(see(0.002, wan, kServer, kRouter, text), "");               // and back from the server to another phone
}

TEST_F(MatcherTest, KeepsTransportsApart) {
  const std::string text = invite();
  see(0, lan, kPhone, kServer, text, 0, Transport::tcp);
  EXPECT_EQ(see(0.001, wan, kRouter, kServer, text, 0, Transport::udp), "");
  EXPECT_EQ(see(0.002, wan, kRouter, kServer, text, 0, Transport::tcp), text);
}

TEST_F(MatcherTest, WaitsForTheWindowAndNoLonger) {
  const std::string text = invite();
  lan_out(0, text);
  EXPECT_EQ(wan_out(1.0, text), text);
  lan_out(10, text);
  matcher.advance(time_of(11.0));
  EXPECT_TRUE(unmatched.empty());
  EXPECT_EQ(wan_out(11.000001, text), "");
  EXPECT_EQ(unmatched.size(), 1U);
}

TEST_F(MatcherTest, GivesUpEverythingAtTheEnd) {
  lan_out(0, invite(call(1)));
  lan_out(0, invite(call(2)));
  matcher.finish();
  EXPECT_EQ(unmatched.size(), 2U);
  EXPECT_EQ(matcher.waiting(), 0U);
}

TEST_F(MatcherTest, GivesUpTheOldestWhenItIsFull) {
  limit({.waiting = 3});
  for (int i = 0; i < 5; ++i) lan_out(i * 0.01, invite(call(i)));
  EXPECT_EQ(matcher.waiting(), 3U);
  EXPECT_EQ(unmatched, (std::vector<std::string>{invite(call(0)), invite(call(1))}));
  EXPECT_EQ(matcher.fill().evictions, 2U);
  EXPECT_EQ(wan_out(0.1, invite(call(4))), invite(call(4)).str());
}

// A single one that waits must not make the table look full, nor slow.
TEST_F(MatcherTest, CountsOnlyThoseThatWait) {
  limit({.waiting = 3});
  const std::string stuck = invite(call(1000));
  lan_out(0, stuck);
  for (int i = 0; i < 100; ++i) {
    const std::string text = invite(call(i));
    lan_out(0.001, text);
    EXPECT_EQ(wan_out(0.001, text), text);
  }
  EXPECT_TRUE(unmatched.empty());
  EXPECT_EQ(matcher.fill().evictions, 0U);
  EXPECT_EQ(wan_out(0.5, stuck), stuck);
}

TEST_F(MatcherTest, FindsEachOfManyCallsWithTheSameCSeq) {
  for (int i = 0; i < 500; ++i) lan_out(0.0001 * i, invite(call(i)));
  for (int i = 499; i >= 0; --i)
    EXPECT_EQ(wan_out(0.1, invite(call(i)).replace(kPhoneAddress, kRouterAddress)), invite(call(i)).str());
  EXPECT_EQ(matcher.waiting(), 0U);
}

// Quadratic work would take minutes here.
TEST_F(MatcherTest, StaysQuickBehindOneThatNeverPairs) {
  lan_out(0, invite({.call_id = "stuck"}));
  const Sighting entry{&lan, time_of(0.5), Transport::udp, endpoint(kPhone), endpoint(kServer), 0, false, &message};
  const Sighting exit{&wan, time_of(0.5), Transport::udp, endpoint(kRouter), endpoint(kServer), 0, false, &message};
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = std::to_string(i);
    const std::string text = "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK" + number +
                             "\r\nFrom: <sip:a>;tag=" + number + "\r\nCall-ID: " + number +
                             "\r\nCSeq: 1 OPTIONS\r\n\r\n";
    sip::Message::parse(text, message);
    ASSERT_EQ(matcher.observe(entry), nullptr);
    ASSERT_NE(matcher.observe(exit), nullptr);
  }
  EXPECT_EQ(matcher.waiting(), 1U);
  EXPECT_TRUE(unmatched.empty());
}

TEST_F(MatcherTest, StaysQuickInAFloodOfOneMessage) {
  const std::string text = options();
  sip::Message::parse(text, message);
  Sighting entry{&lan, time_of(0), Transport::udp, endpoint(kPhone), endpoint(kServer), 0, false, &message};
  const Sighting exit{&wan, time_of(0.1), Transport::udp, endpoint(kRouter), endpoint(kServer), 0, false, &message};
  constexpr int kCopies = 3000;
  for (int i = 0; i < kCopies; ++i) matcher.observe(entry);
  for (int i = 0; i < kCopies; ++i) ASSERT_NE(matcher.observe(exit), nullptr);
  EXPECT_EQ(matcher.waiting(), 0U);
  entry.time = time_of(0.2);
  for (int i = 0; i < kCopies; ++i) matcher.observe(entry);
  matcher.finish();
  EXPECT_EQ(unmatched.size(), std::size_t{kCopies});
}

TEST_F(MatcherTest, HandsOnWhatItWasGiven) {
  const std::string text = invite();
  sip::Message::parse(text, message);
  const Sighting first{&lan, time_of(3), Transport::udp, endpoint(kPhone), endpoint(kServer), 77, true, &message};
  EXPECT_EQ(matcher.observe(first), nullptr);
  const Sighting second{&wan, time_of(3.1), Transport::udp, endpoint(kRouter), endpoint(kServer), 78, false, &message};
  const Matcher::Waiting* partner = matcher.observe(second);
  ASSERT_NE(partner, nullptr);
  EXPECT_EQ(partner->tap, &lan);
  EXPECT_EQ(partner->time, first.time);
  EXPECT_EQ(partner->source, first.source);
  EXPECT_EQ(partner->destination, first.destination);
  EXPECT_EQ(partner->ip_id, 77U);
  EXPECT_TRUE(partner->cut);
  EXPECT_EQ(partner->bytes, text);
}

}  // namespace
}  // namespace vialens

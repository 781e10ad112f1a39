#include "userspace/call/dialogs.h"

#include <gtest/gtest.h>

#include "tests/unit/signalling_fixture.h"

namespace vialens {
namespace {

using namespace test;
using State = Dialog::State;

class DialogsTest : public SignallingTest {
 protected:
  void answered() {
    out(0, invite());
    in(0.5, reply(invite(), 180));
    in(2, ok(invite()));
  }
};

Text within(std::string_view method, int cseq = 2) {
  return request(method, {.to_tag = "314159", .branch = "z9hG4bKin" + std::to_string(cseq), .cseq = cseq});
}
// From the called side.
Text back(std::string_view method, int cseq = 7) {
  return request(method, {.caller = "sip:bob@example.com",
                          .called = "sip:alice@example.com",
                          .from_tag = "314159",
                          .to_tag = "1928301774",
                          .via = "198.51.100.10:5060",
                          .branch = "z9hG4bKback" + std::to_string(cseq),
                          .cseq = cseq});
}
Text ack() { return within("ACK", 1); }

TEST_F(DialogsTest, BeginsWithATag) {
  EXPECT_EQ(out(0, invite()).within.dialog, nullptr);
  EXPECT_EQ(in(0.1, reply(invite(), 100)).within.dialog, nullptr);
  const Result ringing = in(0.5, reply(invite(), 180));
  ASSERT_NE(ringing.within.dialog, nullptr);
  EXPECT_EQ(ringing.within.from, Party::callee);
  EXPECT_EQ(ringing.dialog().state, State::early);
  EXPECT_TRUE(ringing.dialog().whole);
  EXPECT_EQ(ringing.dialog().caller, endpoint(kRouter));
  EXPECT_EQ(ringing.dialog().callee, endpoint(kServer));
  EXPECT_EQ(ringing.dialog().invited, time_of(0));
  EXPECT_EQ(ringing.dialog().ringing, time_of(0.5));
}

TEST_F(DialogsTest, IsConfirmedByASuccessAndEndedByABye) {
  answered();
  const Result acked = out(2.1, ack());
  ASSERT_NE(acked.within.dialog, nullptr);
  EXPECT_EQ(acked.dialog().state, State::confirmed);
  EXPECT_EQ(acked.dialog().answered, time_of(2));
  EXPECT_EQ(acked.within.copy, 1U);
  EXPECT_EQ(acked.within.from, Party::caller);
  const Result bye = in(30, back("BYE"));
  EXPECT_EQ(bye.dialog().state, State::ended);
  EXPECT_EQ(bye.dialog().bye_from, Party::callee);
  EXPECT_EQ(bye.dialog().ended, time_of(30));
  EXPECT_EQ(bye.dialog().last_request_of(Party::callee), time_of(30));
  // Asked again after a challenge.
  EXPECT_EQ(in(31, back("BYE", 8)).dialog().ended, time_of(30));
}

TEST_F(DialogsTest, KnowsWhatAnAckHasToSay) {
  out(0, invite());
  const Result answer = in(2, ok(invite()).add("Record-Route", "<sip:198.51.100.1;lr>"));
  EXPECT_EQ(answer.within.copy, 1U);
  EXPECT_EQ(answer.dialog().answer.contact, "sip:bob@198.51.100.10:5060");
  EXPECT_TRUE(answer.dialog().answer.record_route);
  EXPECT_FALSE(answer.dialog().ack);
  const Result sent =
      out(2.1, ack().start_line("ACK sip:bob@203.0.113.5 SIP/2.0").add("Route", "<sip:198.51.100.1;lr>"));
  EXPECT_EQ(sent.dialog().ack.request_uri, "sip:bob@203.0.113.5");
  EXPECT_TRUE(sent.dialog().ack.route);
  EXPECT_EQ(sent.dialog().ack.destination, endpoint(kServer));
}

TEST_F(DialogsTest, CountsTheCopiesOfASuccess) {
  answered();
  EXPECT_EQ(in(2.5, ok(invite())).within.copy, 2U);
  EXPECT_EQ(in(3.5, ok(invite())).within.copy, 3U);
  EXPECT_EQ(in(5.5, ok(invite())).dialog().answer.repeats, 3);
  EXPECT_EQ(out(5.6, ack()).dialog().ack.copies, 1);
}

TEST_F(DialogsTest, DoesNotTakeAnotherAckForTheAnswer) {
  answered();
  EXPECT_FALSE(out(3, within("ACK", 2)).dialog().ack);
  EXPECT_FALSE(in(3, back("ACK", 1)).dialog().ack);
}

TEST_F(DialogsTest, MakesOneForEachBranchOfAFork) {
  out(0, invite());
  in(0.5, reply(invite(), 180, "one"));
  in(0.6, reply(invite(), 180, "two"));
  EXPECT_EQ(dialogs.size(), 2U);
  const Result one = in(2, ok(invite(), "one"));
  const Result two = in(2.1, ok(invite(), "two"));
  EXPECT_EQ(one.within.copy, 1U);
  EXPECT_EQ(two.within.copy, 1U);
  EXPECT_NE(one.within.dialog, two.within.dialog);
  int seen = 0;
  dialogs.of_invite(Side::wan, InDialog{}.call_id, two.dialog().caller_tag, [&](const Dialog&) { ++seen; });
  EXPECT_EQ(seen, 2);
}

TEST_F(DialogsTest, EndsEarlyOnesWithARefusal) {
  out(0, invite());
  const std::size_t key = in(0.5, reply(invite(), 180, "one")).dialog().key;
  in(2, reply(invite(), 486, "other"));
  EXPECT_EQ(dialogs.find(key)->state, State::ended);
  EXPECT_FALSE(dialogs.find(key)->bye_from);
}

TEST_F(DialogsTest, LetsASuccessThatComesLateCount) {
  out(0, invite());
  in(0.5, reply(invite(), 180));
  in(2, reply(invite(), 487));
  EXPECT_EQ(in(2.1, ok(invite())).dialog().state, State::confirmed);
  out(2.2, within("BYE"));
  EXPECT_EQ(in(2.6, ok(invite())).dialog().state, State::ended);
}

TEST_F(DialogsTest, StaysAsItIsWhenAReinviteIsRefused) {
  answered();
  out(2.1, ack());
  const Text glare = within("INVITE", 2);
  out(10, glare);
  in(10, back("INVITE"));
  in(10.1, reply(glare, 491));
  const Result refused = out(10.1, reply(back("INVITE"), 491));
  EXPECT_EQ(refused.dialog().state, State::confirmed);
  EXPECT_EQ(refused.dialog().gone, Time{});
  EXPECT_EQ(in(12, reply(within("INVITE", 2), 481)).dialog().gone, time_of(12));
}

TEST_F(DialogsTest, WaitsForTheAckToAReinvite) {
  answered();
  out(2.1, ack());
  in(10, back("INVITE"));
  const Result answer = out(10.1, ok(back("INVITE")));
  EXPECT_EQ(answer.dialog().answer.by, Party::caller);
  EXPECT_FALSE(answer.dialog().ack);
  EXPECT_EQ(in(10.2, back("ACK")).dialog().ack.copies, 1);
  EXPECT_EQ(answer.dialog().answered, time_of(2));
}

TEST_F(DialogsTest, FollowsPrackAndUpdateInAnEarlyDialog) {
  out(0, invite());
  in(0.5, reply(invite(), 183));
  const Result prack = out(0.6, within("PRACK"));
  ASSERT_NE(prack.within.dialog, nullptr);
  EXPECT_EQ(prack.dialog().state, State::early);
  in(0.7, ok(within("PRACK")));
  EXPECT_EQ(in(0.8, ok(within("UPDATE", 3))).dialog().state, State::early);
}

TEST_F(DialogsTest, KnowsTheSessionTimer) {
  out(0, invite());
  const Result answer = in(2, ok(invite()).add("Session-Expires", "90;refresher=uac"));
  EXPECT_EQ(answer.dialog().timer.interval, std::chrono::seconds(90));
  EXPECT_EQ(answer.dialog().timer.refresher, Party::caller);
  EXPECT_EQ(answer.dialog().timer.since, time_of(2));
  in(2.5, ok(invite()).add("Session-Expires", "90;refresher=uac"));
  EXPECT_EQ(answer.dialog().timer.since, time_of(2));
  const Text update = within("UPDATE");
  EXPECT_EQ(out(45, update).dialog().timer.try_of(Party::caller).time, time_of(45));
  out(45.5, update);
  EXPECT_EQ(answer.dialog().timer.try_of(Party::caller).time, time_of(45));
  EXPECT_FALSE(answer.dialog().timer.try_of(Party::callee));
  EXPECT_EQ(in(46, ok(update).add("x", "Session-Expires")).dialog().timer.interval, std::chrono::seconds(0));
  const Text again = within("UPDATE", 3);
  out(50, again);
  const Result refreshed = in(50.1, ok(again).add("Session-Expires", "120 ; refresher=UAS"));
  EXPECT_EQ(refreshed.dialog().timer.refresher, Party::callee);
  EXPECT_EQ(refreshed.dialog().timer.since, time_of(50.1));
  EXPECT_FALSE(refreshed.dialog().timer.try_of(Party::caller));
}

TEST_F(DialogsTest, KnowsWhatBecameOfARefresh) {
  answered();
  out(2.1, ack());
  const Result first = out(10, within("INVITE", 2));
  const auto tried = [&] { return first.dialog().timer.try_of(Party::caller); };
  in(10.2, reply(within("INVITE", 2), 183));
  EXPECT_TRUE(tried().provisional);
  EXPECT_EQ(tried().status, 0);
  in(10.5, reply(within("INVITE", 2), 488));
  in(11, reply(within("INVITE", 2), 488));
  EXPECT_EQ(tried().status, 488);
  EXPECT_EQ(tried().refused, time_of(10.5));
  out(12, within("UPDATE", 3));
  EXPECT_EQ(tried().status, 0);
  EXPECT_FALSE(tried().provisional);
  in(12.1, back("UPDATE"));
  EXPECT_EQ(first.dialog().timer.try_of(Party::callee).time, time_of(12.1));
  EXPECT_EQ(tried().time, time_of(12));
}

TEST_F(DialogsTest, TakesUpADialogWhoseBeginningWasNotSeen) {
  EXPECT_EQ(out(0, ack()).within.dialog, nullptr);
  const Result info = in(1, back("INFO"));
  ASSERT_NE(info.within.dialog, nullptr);
  EXPECT_FALSE(info.dialog().whole);
  EXPECT_EQ(info.dialog().state, State::confirmed);
  EXPECT_EQ(info.dialog().caller, endpoint(kServer));
  EXPECT_EQ(out(2, within("BYE")).dialog().bye_from, Party::callee);
}

TEST_F(DialogsTest, LeavesSubscriptionsAlone) {
  EXPECT_EQ(in(0, back("NOTIFY")).within.dialog, nullptr);
  EXPECT_EQ(in(0, back("OPTIONS")).within.dialog, nullptr);
  EXPECT_EQ(dialogs.size(), 0U);
  answered();
  EXPECT_NE(in(3, back("NOTIFY")).within.dialog, nullptr);
}

TEST_F(DialogsTest, ForgetsWhatIsOver) {
  answered();
  advance(3000);
  EXPECT_EQ(dialogs.size(), 1U);
  out(3000, within("BYE"));
  advance(3070);
  EXPECT_EQ(dialogs.size(), 0U);
}

TEST_F(DialogsTest, IsBoundedAndCountsWhatItLoses) {
  Dialogs few(Dialogs::Limits{.most = 10});
  const Endpoint a = endpoint(kPhone), b = endpoint(kServer);
  for (int i = 0; i < 100; ++i) {
    const std::string text = ok(invite(), "tag" + std::to_string(i));
    sip::Message::parse(text, message);
    const Arrival arrival{Side::lan, time_of(i), Transport::udp, b, a, message, message.call_id()};
    few.observe(arrival, transactions.observe(arrival).transaction);
  }
  EXPECT_EQ(few.size(), 10U);
  EXPECT_EQ(few.evicted(), 90U);
  int left = 0;
  few.of_invite(Side::lan, InDialog{}.call_id, hash(InDialog{}.from_tag), [&](const Dialog&) { ++left; });
  EXPECT_EQ(left, 10);
}

}  // namespace
}  // namespace vialens

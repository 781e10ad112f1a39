#include "userspace/call/transactions.h"

#include <gtest/gtest.h>

#include "tests/unit/signalling_fixture.h"

namespace vialens {
namespace {

using namespace test;
using Joined = Transaction::Joined;

class TransactionsTest : public SignallingTest {};

Text later(std::string_view method, int cseq = 2) {
  return request(method, {.to_tag = "314159", .branch = "z9hG4bKlater" + std::to_string(cseq), .cseq = cseq});
}

TEST_F(TransactionsTest, CountsTheCopiesOfARequest) {
  EXPECT_EQ(out(0, invite()).in.copy, 1U);
  EXPECT_EQ(out(0.5, invite()).in.copy, 2U);
  const Result third = out(1.5, invite());
  EXPECT_EQ(third.in.copy, 3U);
  EXPECT_EQ(third.transaction().repeats, 2);
  EXPECT_EQ(third.transaction().first, time_of(0));
  EXPECT_EQ(third.transaction().last, time_of(1.5));
  EXPECT_EQ(transactions.size(), 1U);
}

TEST_F(TransactionsTest, DoesNotTakeADoubledPacketForARetransmission) {
  out(0, invite());
  const Result second = out(0.001, invite());
  EXPECT_EQ(second.in.copy, 2U);
  EXPECT_EQ(second.transaction().repeats, 0);
}

TEST_F(TransactionsTest, JoinsAnswersWithTheirRequest) {
  out(0, invite());
  EXPECT_FALSE(in(0.1, reply(invite(), 100)).in.first_answer);
  in(0.5, reply(invite(), 180));
  const Result answer = in(4, ok(invite()));
  EXPECT_TRUE(answer.in.first_answer);
  EXPECT_EQ(answer.transaction().copies, 1);
  EXPECT_EQ(answer.transaction().provisional.status, 180);
  EXPECT_EQ(answer.transaction().provisional.first, time_of(0.1));
  EXPECT_EQ(answer.transaction().ringing, time_of(0.5));
  EXPECT_EQ(answer.transaction().final.status, 200);
  EXPECT_EQ(answer.transaction().final.source, endpoint(kServer));
  const Result again = in(4.5, ok(invite()));
  EXPECT_EQ(again.in.copy, 2U);
  EXPECT_FALSE(again.in.first_answer);
}

TEST_F(TransactionsTest, KnowsARequestByItsBranchAndSentBy) {
  const Result one = out(0, invite());
  const std::size_t first = one.transaction().key;
  const Result other = out(0.1, invite({.via = "192.168.1.99:5060"}));
  EXPECT_NE(other.transaction().key, first);
  EXPECT_EQ(other.in.copy, 1U);
}

TEST_F(TransactionsTest, KeepsApartWhatTwoSidesSee) {
  out(0, invite());
  EXPECT_EQ(see(0.001, kPhone, kServer, invite(), {}, Side::lan).in.copy, 1U);
  EXPECT_EQ(transactions.size(), 2U);
}

TEST_F(TransactionsTest, KeepsApartTheCallsOfAClientWithOneBranch) {
  out(0, invite());
  EXPECT_EQ(out(1, invite({.call_id = "other"})).in.copy, 1U);
  EXPECT_EQ(out(2, invite({.cseq = 2})).in.copy, 1U);
}

TEST_F(TransactionsTest, FilesAnAckToARefusalWithItsInvite) {
  out(0, invite());
  in(0.1, reply(invite(), 486));
  const Result ack = out(0.2, request("ACK", {.to_tag = "314159"}));
  EXPECT_EQ(ack.transaction().method, Method::invite);
  EXPECT_EQ(ack.transaction().acked, time_of(0.2));
  EXPECT_EQ(ack.in.copy, 1U);
}

TEST_F(TransactionsTest, FilesAnAckToASuccessByItselfWhateverItsBranch) {
  out(0, invite());
  in(0.1, ok(invite()));
  EXPECT_EQ(out(0.2, request("ACK", {.to_tag = "314159"})).transaction().method, Method::ack);
  const Result other = out(0.7, request("ACK", {.to_tag = "314159", .branch = "z9hG4bKack"}));
  EXPECT_EQ(other.transaction().method, Method::ack);
  EXPECT_TRUE(other.transaction().is_over());
}

TEST_F(TransactionsTest, JoinsACancelWithItsInvite) {
  const Result call = in(0, invite());
  const std::size_t key = call.transaction().key;
  const Result cancel = in(3, request("CANCEL"));
  EXPECT_EQ(cancel.transaction().method, Method::cancel);
  EXPECT_EQ(cancel.transaction().joined, Joined::yes);
  EXPECT_EQ(cancel.transaction().invite, key);
  EXPECT_EQ(transactions.find(key)->cancelled, time_of(3));
  EXPECT_EQ(in(3.1, reply(request("CANCEL"), 200)).transaction().key, cancel.transaction().key);
}

TEST_F(TransactionsTest, SaysWhatACancelDoesNotAgreeWithItsInviteIn) {
  in(0, invite());
  EXPECT_EQ(in(3, request("CANCEL", {.via = "192.168.1.33:5999"})).transaction().joined, Joined::by_branch);
  EXPECT_EQ(in(4, request("CANCEL", {.branch = "z9hG4bKother"})).transaction().joined, Joined::by_sent_by);
  EXPECT_EQ(in(5, request("CANCEL", {.call_id = "other"})).transaction().joined, Joined::no);
}

TEST_F(TransactionsTest, KeepsTheBranchesOfAForkApart) {
  in(0, invite());
  in(0, invite({.branch = "z9hG4bKfork2"}));
  EXPECT_EQ(transactions.size(), 2U);
  EXPECT_EQ(in(3, request("CANCEL", {.branch = "z9hG4bKfork2"})).transaction().joined, Joined::yes);
  EXPECT_EQ(out(4, reply(invite(), 180)).transaction().cancelled, Time{});
}

TEST_F(TransactionsTest, LetsASuccessThatComesLateCount) {
  out(0, invite());
  in(1, reply(invite(), 487));
  EXPECT_EQ(in(1.1, ok(invite())).transaction().final.status, 200);
  EXPECT_EQ(in(1.2, reply(invite(), 487)).transaction().final.status, 200);
}

TEST_F(TransactionsTest, TakesAnAnswerBeforeItsRequest) {
  EXPECT_EQ(in(0, ok(later("BYE"))).transaction().copies, 0);
  const Result late = out(0.01, later("BYE"));
  EXPECT_EQ(late.in.copy, 1U);
  EXPECT_EQ(late.transaction().final.status, 200);
}

TEST_F(TransactionsTest, FindsWhatWasFiledBeforeTheCallHadItsName) {
  in(0, invite());
  const Result ringing = out(1, reply(invite(), 180), "known-as");
  EXPECT_EQ(ringing.transaction().copies, 1);
  EXPECT_EQ(ringing.transaction().call_id, "known-as");
}

TEST_F(TransactionsTest, TimesOutWhatNobodyAnswers) {
  out(0, invite());
  out(1, register_({.call_id = "reg"}));
  advance(31);
  EXPECT_TRUE(timeouts.empty());
  advance(34);
  EXPECT_EQ(timeouts, (std::vector{Method::invite, Method::register_}));
  advance(80);
  EXPECT_EQ(timeouts.size(), 2U);
}

TEST_F(TransactionsTest, TakesAProvisionalAnswerForAnAnswerToInviteOnly) {
  out(0, invite());
  in(0.1, reply(invite(), 100));
  out(0, later("BYE"));
  in(0.1, reply(later("BYE"), 100));
  out(0, later("INFO", 3));
  in(1, reply(later("INFO", 3), 200));
  out(0, later("ACK", 4));
  advance(40);
  EXPECT_EQ(timeouts, (std::vector{Method::bye}));
}

TEST_F(TransactionsTest, ForgetsWhatIsOver) {
  out(0, invite());
  in(1, reply(invite(), 486));
  out(1, invite({.branch = "z9hG4bKopen", .cseq = 2}));
  advance(60);
  EXPECT_EQ(transactions.size(), 1U);
  advance(300);
  EXPECT_EQ(transactions.size(), 0U);
  EXPECT_EQ(transactions.evicted(), 0U);
}

TEST_F(TransactionsTest, IsBoundedAndCountsWhatItLoses) {
  Transactions few({.most = 10}, [](const Transaction&) {});
  const Endpoint a = endpoint(kPhone), b = endpoint(kServer);
  for (int i = 0; i < 100; ++i) {
    const std::string text = invite({.branch = "z9hG4bK" + std::to_string(i)});
    sip::Message::parse(text, message);
    few.observe({Side::lan, time_of(i), Transport::udp, a, b, message, message.call_id()});
  }
  EXPECT_EQ(few.size(), 10U);
  EXPECT_EQ(few.evicted(), 90U);
}

TEST_F(TransactionsTest, SaysNothingOfWhatCannotBeMatched) {
  EXPECT_EQ(out(0, invite().remove("Via")).in.transaction, nullptr);
  EXPECT_EQ(out(0, invite().remove("CSeq")).in.transaction, nullptr);
  EXPECT_EQ(out(0, invite().remove("Call-ID")).in.transaction, nullptr);
}

}  // namespace
}  // namespace vialens

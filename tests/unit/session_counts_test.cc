// RFC 6076 by stories: each session counts once, whatever comes again.
#include "userspace/call/session_counts.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"
#include "userspace/call/call_table.h"

namespace vialens {
namespace {

using namespace test;

class SessionCountsTest : public testing::Test {
 protected:
  // On both sides of a router, and retransmitted.
  void see(double time, const std::string& text) {
    for (const double later : {0.0, 0.001, 0.002}) observe(time + later, text);
  }
  void observe(double time, const std::string& text) {
    sip::Message::parse(text, message);
    table.observe(time_of(time), message, table.canonical(message.call_id()));
  }
  const SessionCounts& counts() const { return table.counts(); }
  std::uint64_t of(SessionResult result) const { return counts().sessions[static_cast<std::size_t>(result)]; }
  std::uint64_t of(RegistrationResult result) const { return counts().registrations[static_cast<std::size_t>(result)]; }
  std::uint64_t results() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts().sessions) sum += count;
    return sum;
  }
  std::uint64_t outcomes(CallState state) const { return counts().calls_by_state[static_cast<std::size_t>(state)]; }
  void forget_calls() { table.advance(time_of(later_ += 1000)); }

  double later_ = 0;
  CallTable table{{[](const Call&) {}, [](const Registration&) {}}};
  sip::Message message;
};

const InDialog kLater{.to_tag = "314159", .branch = "z9hG4bKlater", .cseq = 3};
const InDialog kAgain{.branch = "z9hG4bKagain", .cseq = 2};

TEST_F(SessionCountsTest, CountsASessionWithAChallengeAndAReInvite) {
  see(0, invite());
  see(0.1, reply(invite(), 407));
  see(0.2, invite(kAgain));
  see(0.3, reply(invite(kAgain), 100));
  see(1.2, reply(invite(kAgain), 180));
  see(2.2, reply(invite(kAgain), 183));
  see(4, ok(invite(kAgain)));
  EXPECT_EQ(table.calls_active(), 1U);
  see(10, invite(kLater));
  see(10.1, ok(invite(kLater)));
  const InDialog last{.to_tag = "314159", .branch = "z9hG4bKbye", .cseq = 4};
  see(64, request("BYE", last));
  see(64.25, ok(request("BYE", last)));

  EXPECT_EQ(counts().session_requests, 2U);
  EXPECT_EQ(of(SessionResult::challenged), 1U);
  EXPECT_EQ(of(SessionResult::established), 1U);
  EXPECT_EQ(counts().sessions_completed, 1U);
  EXPECT_EQ(table.calls_active(), 0U);
  // The delay is that of the INVITE with what was asked for (RFC 6076 4.3); the caller waited since the first.
  EXPECT_EQ(counts().session_request_delay.count(), 1U);
  EXPECT_NEAR(counts().session_request_delay.sum(), 1.0, 1e-6);
  EXPECT_NEAR(counts().call_setup.sum(), 4.0, 1e-6);
  EXPECT_NEAR(counts().session_disconnect_delay.sum(), 0.25, 1e-6);
  EXPECT_NEAR(counts().call_duration.sum(), 60.0, 1e-6);
  EXPECT_EQ(counts().failed_session_request_delay.count(), 0U) << "a challenge is no failure";

  EXPECT_EQ(outcomes(CallState::ended), 0U);
  forget_calls();
  EXPECT_EQ(outcomes(CallState::ended), 1U);
  EXPECT_EQ(results(), 2U);
}

TEST_F(SessionCountsTest, WaitsForAllBranchesOfAFork) {
  InDialog other = InDialog{};
  other.branch = "z9hG4bKother";
  see(0, invite());
  see(0.01, invite(other));
  see(0.1, reply(invite(), 486));
  EXPECT_EQ(of(SessionResult::declined), 0U) << "the other branch may accept";
  see(3, ok(invite(other), "other"));
  forget_calls();
  EXPECT_EQ(counts().session_requests, 1U);
  EXPECT_EQ(of(SessionResult::established), 1U);
  EXPECT_EQ(results(), 1U);
}

TEST_F(SessionCountsTest, TellsWhyASessionDidNotBegin) {
  const std::map<int, SessionResult> expected{
      {302, SessionResult::redirected},  {401, SessionResult::challenged},  {402, SessionResult::challenged},
      {480, SessionResult::declined},    {486, SessionResult::declined},    {600, SessionResult::declined},
      {603, SessionResult::declined},    {487, SessionResult::cancelled},   {408, SessionResult::ineffective},
      {500, SessionResult::ineffective}, {503, SessionResult::ineffective}, {504, SessionResult::ineffective},
      {404, SessionResult::failed},      {699, SessionResult::failed},      {0, SessionResult::unanswered}};
  for (const auto& [status, result] : expected) {
    const std::uint64_t before = of(result);
    InDialog dialog;
    dialog.call_id = "status-" + std::to_string(status);
    see(0, invite(dialog));
    if (status != 0) see(0.5, reply(invite(dialog), status));
    forget_calls();
    EXPECT_EQ(of(result), before + 1) << status;
  }
  EXPECT_EQ(results(), expected.size());
  EXPECT_EQ(counts().session_requests, expected.size());
  // Declined, ineffective, failed: not those that were challenged, redirected or cancelled.
  EXPECT_EQ(counts().failed_session_request_delay.count(), 10U);
  EXPECT_EQ(outcomes(CallState::unanswered), 1U);
  EXPECT_EQ(outcomes(CallState::cancelled), 1U);
  EXPECT_EQ(outcomes(CallState::failed), 13U);
}

TEST_F(SessionCountsTest, CountsACallOnceWhoseCallIdTheRouterChanges) {
  InDialog outside;
  outside.call_id = "a84b4c76e66710@203.0.113.5";
  observe(0, invite(outside));  // comes in from the WAN
  table.alias(outside.call_id, InDialog{}.call_id);
  observe(0.001, invite());
  observe(1, ok(invite()));
  observe(1.001, ok(invite(outside)));
  EXPECT_EQ(counts().session_requests, 1U);
  EXPECT_EQ(of(SessionResult::established), 1U);
  EXPECT_EQ(table.calls_active(), 1U);
}

TEST_F(SessionCountsTest, DoesNotCountWhatBeganBefore) {
  see(0, invite(kLater));
  see(0.1, ok(invite(kLater)));
  see(1, request("BYE", kLater));
  see(1.1, ok(request("BYE", kLater)));
  EXPECT_EQ(counts().session_requests, 0U);
  EXPECT_EQ(counts().sessions_completed, 0U);
  EXPECT_EQ(table.calls_active(), 0U);
}

TEST_F(SessionCountsTest, CountsRegistrations) {
  const Text again = register_(kAgain);
  see(0, register_());
  see(0.1, reply(register_(), 401));
  see(0.2, again);
  EXPECT_EQ(table.registrations_active(time_of(1)), 0U);
  see(0.5, reply(again, 200).add("Contact", "<sip:alice@192.168.1.33>;expires=60"));
  EXPECT_EQ(counts().registration_requests, 2U);
  EXPECT_EQ(of(RegistrationResult::challenged), 1U);
  EXPECT_EQ(of(RegistrationResult::registered), 1U);
  EXPECT_NEAR(counts().registration_request_delay.sum(), 0.3, 1e-6);
  EXPECT_EQ(table.registrations_active(time_of(60)), 1U);
  EXPECT_EQ(table.registrations_active(time_of(61)), 0U) << "nobody refreshed it";

  const Text removal = register_({.branch = "z9hG4bKlast", .cseq = 3}).set("Expires", "0");
  see(30, removal);
  see(30.1, reply(removal, 200));
  EXPECT_EQ(of(RegistrationResult::removed), 1U);
  EXPECT_EQ(table.registrations_active(time_of(31)), 0U);
}

TEST_F(SessionCountsTest, TellsPhonesWithOneAddressApart) {
  InDialog desk;
  desk.call_id = "desk";
  InDialog cordless;
  cordless.call_id = "cordless";
  for (const InDialog& phone : {desk, cordless}) observe(0, register_(phone));
  for (const InDialog& phone : {desk, cordless}) observe(0.001, register_(phone));
  for (const InDialog& phone : {cordless, desk}) see(0.1, reply(register_(phone), 403));
  EXPECT_EQ(counts().registration_requests, 2U);
  EXPECT_EQ(of(RegistrationResult::rejected), 2U);
}

TEST_F(SessionCountsTest, CountsARegistrationWithoutAnswerOnce) {
  see(0, register_());
  table.register_timed_out(InDialog{}.call_id, 1);
  table.register_timed_out(InDialog{}.call_id, 1);  // on the other side
  EXPECT_EQ(of(RegistrationResult::unanswered), 1U);
  see(40, reply(register_(), 200));
  EXPECT_EQ(of(RegistrationResult::registered), 0U) << "too late: the phone has given it up (RFC 3261 17.1.2.2)";
}

}  // namespace
}  // namespace vialens

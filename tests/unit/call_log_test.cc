// What is kept of a call, whatever else goes on: all of it, under any of its names, and never more than there is room
// for.
#include "userspace/evidence/call_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/sink_fixture.h"
#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

// Tells a log of calls, message by message.
class CallLogTest : public testing::Test {
 protected:
  void message(std::string_view call_id, std::size_t bytes = 100, Side side = Side::lan) {
    const std::string text(bytes, 'x');
    log->on_message({&taps()[side == Side::lan ? 0 : 1],
                     time_of(static_cast<double>(number)),
                     Transport::udp,
                     {},
                     {},
                     ++number,
                     call_id,
                     text,
                     false});
  }
  void crossing(std::uint64_t entry, std::uint64_t exit, std::string_view call_id, std::string_view outside) {
    log->on_crossing({entry, exit, Direction::out, Grade::unchanged, call_id, outside, {}});
  }
  void call(const std::string& call_id, CallState state) {
    Call call = a_call();
    call.call_id = call_id;
    call.state = state;
    if (state == CallState::calling) call.ended.reset();
    log->on_call_changed(call);
  }
  void begin(const CallLog::Limits& limits) { log = std::make_unique<CallLog>(limits); }
  bool has(std::string_view call_id) const { return log->find(call_id) != nullptr; }
  std::vector<std::uint64_t> numbers(std::string_view call_id) const {
    std::vector<std::uint64_t> numbers;
    const auto record = log->find(call_id);
    for (const auto& message : record->messages) numbers.push_back(message->number);
    return numbers;
  }

  std::unique_ptr<CallLog> log = std::make_unique<CallLog>();
  std::uint64_t number = 0;
};

TEST_F(CallLogTest, KeepsACallWhole) {
  Story story;
  const auto outside = [](const Text& text) { return Text(text).replace(kPhoneAddress, kRouterAddress); };
  story.out(1, invite(), outside(invite()));
  story.in(2, outside(ok(invite())), ok(invite()));
  play_to(*log, story, taps());
  const auto record = log->find(InDialog{}.call_id);
  ASSERT_NE(record, nullptr);
  ASSERT_TRUE(record->call.has_value());
  EXPECT_EQ(record->call->state, CallState::answered);
  EXPECT_EQ(record->messages.size(), 4U);
  ASSERT_EQ(record->crossings.size(), 2U);
  EXPECT_EQ(record->crossings[0]->direction, Direction::out);
  EXPECT_FALSE(record->crossings[0]->changes.empty());
  EXPECT_FALSE(record->findings.empty());
  EXPECT_EQ(record->messages[0]->bytes, std::string(invite()));
  // The box rewrote the Call-ID, too: it is the same call.
  EXPECT_EQ(record->others, std::vector<std::string>{"a84b4c76e66710@203.0.113.5"});
  EXPECT_EQ(log->find("a84b4c76e66710@203.0.113.5")->call_id, record->call_id);
  ASSERT_EQ(log->list().size(), 1U);
  EXPECT_EQ(log->list()[0].from, "sip:alice@example.com");
}

TEST_F(CallLogTest, FindsRegistrationsAndTheirFindings) {
  Story story;
  const auto outside = [](const Text& text) { return Text(text).replace(kPhoneAddress, kRouterAddress); };
  story.out(1, register_(), outside(register_())).in(2, outside(ok(register_())), ok(register_()));
  play_to(*log, story, taps());
  const auto record = log->find(InDialog{}.call_id);
  ASSERT_NE(record, nullptr);
  ASSERT_TRUE(record->registration.has_value());
  EXPECT_EQ(record->registration->aor, "sip:alice@example.com");
  EXPECT_TRUE(std::any_of(record->findings.begin(), record->findings.end(),
                          [](const Finding& finding) { return finding.kind->id == "alg-contact"; }));
}

TEST_F(CallLogTest, JoinsWhatWasFirstSeenUnderTheNameOfTheWanSide) {
  message("outside", 100, Side::wan);
  call("outside", CallState::calling);
  crossing(1, 2, "inside", "outside");
  message("inside");
  EXPECT_EQ(numbers("inside"), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(numbers("outside"), numbers("inside"));
  EXPECT_EQ(log->list().size(), 1U);
  EXPECT_EQ(log->list()[0].call_id, "inside");
}

TEST_F(CallLogTest, KnowsAMessageWithoutCallIdByItsCrossing) {
  message("a");
  crossing(1, 2, "a", "");
  message("", 100, Side::wan);
  EXPECT_EQ(numbers("a"), (std::vector<std::uint64_t>{1, 2}));
  message("", 100, Side::wan);  // told before its crossing
  message("a");
  crossing(4, 3, "a", "");
  EXPECT_EQ(numbers("a"), (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(CallLogTest, OfALongCallTheBeginningStaysAndTheMiddleGoes) {
  begin({.messages_per_call = 40, .first_kept = 16});
  call("long", CallState::calling);
  call("short", CallState::calling);
  message("short");
  for (int i = 0; i < 5000; ++i) {
    message("long");
    message("long");
    crossing(number - 1, number, "long", "long");
  }
  const std::vector<std::uint64_t> kept = numbers("long");
  ASSERT_EQ(kept.size(), 40U);
  EXPECT_EQ(kept[15], 17U);  // 1 is the other call's
  EXPECT_EQ(kept[16], 10001U - 23);
  EXPECT_EQ(kept.back(), 10001U);
  EXPECT_EQ(log->find("long")->crossings.size(), 20U);
  EXPECT_EQ(log->find("long")->dropped, 10000U - 40);
  EXPECT_EQ(log->find("long")->dropped_after, 17U);
  EXPECT_EQ(numbers("short").size(), 1U);
}

TEST_F(CallLogTest, IsBoundedInBytesAndCallsThatEndedGoFirst) {
  begin({.bytes = 100000, .bytes_unclaimed = 10000, .bytes_per_call = 20000});
  call("live", CallState::calling);
  message("live", 5000);
  call("ended first", CallState::ended);
  message("ended first", 5000);
  for (int i = 0; i < 9; ++i) {
    call("ended " + std::to_string(i), CallState::ended);
    message("ended " + std::to_string(i), 5000);
  }
  EXPECT_TRUE(has("ended first"));
  for (int i = 9; i < 1000; ++i) {
    call("ended " + std::to_string(i), CallState::ended);
    message("ended " + std::to_string(i), 5000);
    message("ended first");  // news of it do not help
    ASSERT_LE(log->fill().entries, 100000U);
  }
  EXPECT_FALSE(log->find("ended first") != nullptr && log->find("ended first")->call.has_value());
  EXPECT_TRUE(has("live"));
  EXPECT_TRUE(has("ended 999"));
  EXPECT_GT(log->fill().evictions, 900U);
  // Without any that ended, the one that was quiet for longest.
  for (int i = 0; i < 100; ++i) {
    call("live " + std::to_string(i), CallState::calling);
    message("live " + std::to_string(i), 5000);
    if (i < 50) message("live", 10);
  }
  EXPECT_FALSE(has("live"));
  EXPECT_TRUE(has("live 99"));
}

TEST_F(CallLogTest, ACallIsBoundedInBytes) {
  begin({.bytes = 1000000, .bytes_per_call = 50000});
  call("fat", CallState::calling);
  for (int i = 0; i < 100; ++i) message("fat", 60000);
  message("fat", 1000000);  // one that is longer than any datagram
  EXPECT_LE(log->find("fat")->messages.size(), 1U);
  EXPECT_LE(log->fill().entries, 200000U);
}

TEST_F(CallLogTest, WhatIsNoCallCannotPushCallsOut) {
  begin({.bytes = 1000000, .bytes_unclaimed = 100000});
  call("call", CallState::calling);
  message("call");
  for (int i = 0; i < 10000; ++i) message("scanner " + std::to_string(i), 1000);
  EXPECT_TRUE(has("call"));
  EXPECT_TRUE(has("scanner 9999"));
  EXPECT_FALSE(has("scanner 0"));
  EXPECT_LE(log->fill().entries, 110000U);
  EXPECT_EQ(log->fill().evictions, 0U);
  message("late", 1000);  // a registration is told when it is answered
  Registration registration = a_registration();
  registration.call_id = "late";
  log->on_registration_changed(registration);
  for (int i = 0; i < 10000; ++i) message("again " + std::to_string(i), 1000);
  EXPECT_TRUE(has("late"));
}

TEST_F(CallLogTest, EveryByteThatCameInGoesOut) {
  begin({.bytes = 50000, .bytes_unclaimed = 5000, .bytes_per_call = 10000, .messages_per_call = 8, .first_kept = 2});
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "call " + std::to_string(i % 37), other = "other " + std::to_string(i % 41);
    message(name, static_cast<std::size_t>(i % 700));
    message(i % 3 == 0 ? "" : other, static_cast<std::size_t>(i % 900), Side::wan);
    crossing(number - 1, number, name, i % 3 == 0 ? "" : other);
    if (i % 5 == 0) call(name, i % 2 == 0 ? CallState::ended : CallState::calling);
    if (i % 7 == 0) {
      Registration registration = a_registration();
      registration.call_id = name;
      registration.aor += std::to_string(i % 11);
      log->on_registration_changed(registration);
      Finding finding = a_finding();
      finding.subject = {Subject::Kind::registration, "", registration.aor};
      log->on_finding(finding);
    }
    ASSERT_LE(log->fill().entries, 50000U);
  }
  // Room for one only: all others have to go, and to leave nothing behind in the sum.
  for (int i = 0; i < 200; ++i) call("last " + std::to_string(i), CallState::calling);
  const std::uint64_t full = log->fill().entries;
  for (int i = 0; i < 20000; ++i) call("last " + std::to_string(i % 1000), CallState::calling);
  EXPECT_NEAR(static_cast<double>(log->fill().entries), static_cast<double>(full), 1500);
}

TEST_F(CallLogTest, CanBeAskedWhileItIsTold) {
  std::thread asks([&] {
    for (int i = 0; i < 2000; ++i) {
      const auto record = log->find("a");
      EXPECT_TRUE(record == nullptr || record->messages.size() <= 256);
      log->list();
    }
  });
  for (int i = 0; i < 2000; ++i) {
    call("a", CallState::calling);
    message("a");
  }
  asks.join();
}

TEST_F(CallLogTest, KeepsOneFindingOfAKind) {
  call("a84b4c76e66710@192.168.1.33", CallState::calling);
  Finding finding = a_finding();
  log->on_finding(finding);
  finding.verdict = "surer now";
  log->on_finding(finding);
  finding.subject = {};
  log->on_finding(finding);
  const auto record = log->find("a84b4c76e66710@192.168.1.33");
  ASSERT_EQ(record->findings.size(), 1U);
  EXPECT_EQ(record->findings[0].verdict, "surer now");
  EXPECT_EQ(log->box_findings().size(), 1U);
}

}  // namespace
}  // namespace vialens

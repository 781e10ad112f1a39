#include "userspace/call/call_table.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

class CallTableTest : public testing::Test {
 protected:
  // Everything is seen twice, as on a router.
  void see(double time, const std::string& text) {
    observe(time, text);
    observe(time + 0.001, text);
  }
  void observe(double time, const std::string& text) {
    sip::Message::parse(text, message);
    table.observe(time_of(time), message, table.canonical(message.call_id()));
  }
  const Call& call() {
    const Call* found = table.find(InDialog{}.call_id);
    EXPECT_NE(found, nullptr);
    static const Call kNone;
    return found == nullptr ? kNone : *found;
  }
  const Registration& registration(std::string_view aor = "sip:alice@example.com") {
    const Registration* found = table.find_registration(aor);
    EXPECT_NE(found, nullptr);
    static const Registration kNone;
    return found == nullptr ? kNone : *found;
  }
  CallTable::Sink sink() {
    return {[this](const Call& call) { calls.push_back(call); },
            [this](const Registration& registration) { registrations.push_back(registration); }};
  }
  void limit(const CallTable::Limits& limits) { table = CallTable(limits, sink()); }

  std::vector<Call> calls;
  std::vector<Registration> registrations;
  CallTable table{sink()};
  sip::Message message;
};

const InDialog kAnswered{.to_tag = "314159", .branch = "z9hG4bKlater", .cseq = 2};
// The called side speaks: From and To change places.
const InDialog kBack{.caller = "sip:bob@example.com",
                     .called = "sip:alice@example.com",
                     .from_tag = "314159",
                     .to_tag = "1928301774",
                     .cseq = 1};

// Two taps count the same: what they say is told together, not while one of them is still to be read.
TEST_F(CallTableTest, TellsNewsOfMediaOnceAllStreamsAreRead) {
  std::vector<std::vector<std::uint64_t>> told;
  CallTable::Sink to = sink();
  to.call_changed = [&](const Call& call) {
    told.emplace_back();
    for (const CallStream& stream : call.media) told.back().push_back(stream.packets);
  };
  table = CallTable({}, to);
  const auto read = [&](double time, std::uint64_t packets) {
    Call& call = *table.find(InDialog{}.call_id);
    call.media.resize(2);
    for (CallStream& stream : call.media) {
      stream.packets = packets;
      table.media_changed(call);
    }
    table.advance(time_of(time));
  };
  see(0, invite());
  see(3, ok(invite()));
  told.clear();
  using Told = std::vector<std::vector<std::uint64_t>>;
  read(10, 50);
  EXPECT_EQ(told, (Told{{50, 50}}));
  for (const int second : {1, 2, 3, 4, 5}) read(10 + second, 50 + 50U * static_cast<unsigned>(second));
  EXPECT_EQ(told, (Told{{50, 50}, {300, 300}})) << "every five seconds";
  see(16.5, request("BYE", kAnswered));
  told.clear();
  read(17.5, 320);
  EXPECT_EQ(told, (Told{{320, 320}})) << "at once, when the call is over";
  table.advance(time_of(19));
  EXPECT_EQ(told.size(), 1U) << "no news";
}

TEST_F(CallTableTest, FollowsACallFromInviteToBye) {
  see(0, invite());
  EXPECT_EQ(call().state, CallState::calling);
  see(0.1, reply(invite(), 100));
  EXPECT_EQ(call().state, CallState::calling);
  see(0.5, reply(invite(), 180));
  EXPECT_EQ(call().state, CallState::ringing);
  see(3, ok(invite()));
  EXPECT_EQ(call().state, CallState::answered);
  see(3.1, request("ACK"));
  see(60, request("BYE", kAnswered));
  EXPECT_EQ(call().state, CallState::ended);
  EXPECT_EQ(call().end_reason, "BYE from the caller");
  EXPECT_EQ(call().from, "sip:alice@example.com");
  EXPECT_EQ(call().to, "sip:bob@example.com");
  EXPECT_EQ(call().started, time_of(0));
  EXPECT_EQ(call().answered, time_of(3));
  EXPECT_EQ(call().ended, time_of(60));
  see(60.1, ok(request("BYE", kAnswered)));
  table.finish();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].state, CallState::ended);
  EXPECT_EQ(table.calls_seen(), 1U);
}

TEST_F(CallTableTest, KnowsWhoHangsUp) {
  see(0, invite());
  see(1, ok(invite()));
  see(9, request("BYE", kBack));
  EXPECT_EQ(call().end_reason, "BYE from the called side");
}

TEST_F(CallTableTest, GoesOnAfterAChallenge) {
  for (const int status : {401, 407}) {
    SCOPED_TRACE(status);
    table = CallTable(sink());
    see(0, invite());
    see(0.1, reply(invite(), status, "c", "Challenge"));
    see(0.11, request("ACK", {.to_tag = "c"}));
    EXPECT_EQ(call().state, CallState::failed);
    const Text again = invite({.branch = "z9hG4bKagain", .cseq = 2});
    see(0.2, again);
    EXPECT_EQ(call().state, CallState::calling);
    EXPECT_EQ(call().ended, std::nullopt);
    EXPECT_EQ(call().end_reason, "");
    observe(0.3, reply(invite(), status, "c", "Challenge"));  // a late copy
    EXPECT_EQ(call().state, CallState::calling);
    see(2, ok(again));
    EXPECT_EQ(call().state, CallState::answered);
    EXPECT_EQ(call().started, time_of(0));
    EXPECT_EQ(table.calls_seen(), 1U);
  }
}

TEST_F(CallTableTest, KnowsACallThatWasCancelled) {
  see(0, invite());
  see(0.5, reply(invite(), 180));
  see(5, request("CANCEL"));
  see(5.1, ok(request("CANCEL")));
  see(5.2, reply(invite(), 487, "314159", "Request Terminated"));
  EXPECT_EQ(call().state, CallState::cancelled);
  EXPECT_EQ(call().ended, time_of(5));
  EXPECT_EQ(call().end_reason, "CANCEL from the caller");
  see(6, request("BYE", kAnswered));  // to a fork that is gone as well
  EXPECT_EQ(call().state, CallState::cancelled);
}

TEST_F(CallTableTest, KnowsACancelledCallByIts487) {
  see(0, invite());
  see(5.2, reply(invite(), 487, "314159", "Request Terminated"));
  EXPECT_EQ(call().state, CallState::cancelled);
  EXPECT_EQ(call().end_reason, "487 Request Terminated");
}

TEST_F(CallTableTest, BelievesAnAnswerThatCrossedTheCancel) {
  see(0, invite());
  see(5, request("CANCEL"));
  see(5.01, ok(invite()));
  EXPECT_EQ(call().state, CallState::answered);
  EXPECT_EQ(call().ended, std::nullopt);
  see(5.1, request("BYE", kAnswered));
  EXPECT_EQ(call().state, CallState::ended);
}

TEST_F(CallTableTest, StartsAgainAfterACancelledAttempt) {
  see(0, invite());
  see(1, request("CANCEL"));
  const Text again = invite({.branch = "z9hG4bKagain", .cseq = 2});
  see(2, again);
  EXPECT_EQ(call().state, CallState::calling);
  see(3, reply(again, 180));
  EXPECT_EQ(call().state, CallState::ringing);
}

TEST_F(CallTableTest, KnowsWhyACallFailed) {
  see(0, invite());
  see(1, reply(invite(), 486, "314159", "Busy Here"));
  see(1.1, request("ACK"));
  EXPECT_EQ(call().state, CallState::failed);
  EXPECT_EQ(call().end_reason, "486 Busy Here");
  EXPECT_EQ(call().ended, time_of(1));
}

TEST_F(CallTableTest, KnowsACallWithoutAnAnswer) {
  see(0, invite());
  see(1, reply(invite(), 180));
  table.advance(time_of(100));
  EXPECT_TRUE(calls.empty());  // phones may ring for three minutes
  table.advance(time_of(182));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].state, CallState::unanswered);
  EXPECT_EQ(calls[0].end_reason, "no final response");
  EXPECT_EQ(calls[0].ended, std::nullopt);
}

TEST_F(CallTableTest, IsNotConfusedByRequestsInsideOfTheDialog) {
  see(0, invite());
  see(1, ok(invite()));
  const Text hold = invite(kAnswered);
  see(10, hold);
  see(10.1, reply(hold, 488, "314159", "Not Acceptable Here"));
  EXPECT_EQ(call().state, CallState::answered);
  see(11, request("UPDATE", kAnswered));
  see(11.1, reply(request("UPDATE", kAnswered), 481));
  see(12, reply(invite(), 180));  // late
  EXPECT_EQ(call().state, CallState::answered);
  EXPECT_EQ(call().answered, time_of(1));
  EXPECT_EQ(table.calls_seen(), 1U);
}

TEST_F(CallTableTest, OpensNoCallForWhatBelongsToAnOlderOne) {
  see(0, invite(kAnswered));
  see(0, request("BYE", kAnswered));
  see(0, ok(invite()));
  see(0, request("CANCEL"));
  see(0, options());
  EXPECT_EQ(table.calls_seen(), 0U);
}

TEST_F(CallTableTest, BearsBrokenMessages) {
  see(0, invite().remove("Call-ID"));
  see(0, invite().remove("From").remove("To").set("Call-ID", "x"));
  see(0, invite({.call_id = "y", .from_tag = ""}));
  see(1, request("BYE", {.call_id = "y", .from_tag = ""}));
  see(2, std::string("INVITE"));
  see(2, std::string("SIP/2.0 200 OK\r\n\r\n"));
  see(2, register_().remove("To"));
  see(2, register_().set("To", "<<<").set("Contact", "<<<"));
  EXPECT_EQ(table.calls_seen(), 2U);
  EXPECT_EQ(table.find(""), nullptr);
  EXPECT_EQ(table.registrations_seen(), 0U);
  table.finish();
}

TEST_F(CallTableTest, FindsACallByEitherOfItsNames) {
  const std::string outer = "a84b4c76e66710@203.0.113.5";
  see(0, invite());
  table.alias(outer, InDialog{}.call_id);
  EXPECT_EQ(table.canonical(outer), InDialog{}.call_id);
  observe(1, ok(invite({.call_id = outer})));
  EXPECT_EQ(call().state, CallState::answered);
  EXPECT_EQ(table.find(outer), table.find(InDialog{}.call_id));
  EXPECT_EQ(table.calls_seen(), 1U);
}

TEST_F(CallTableTest, RenamesACallThatWasFirstSeenUnderItsOtherName) {
  const std::string outer = "a84b4c76e66710@203.0.113.5";
  observe(0, invite({.call_id = outer}));
  table.alias(outer, InDialog{}.call_id);
  observe(0, invite());
  EXPECT_EQ(call().call_id, InDialog{}.call_id);
  EXPECT_EQ(table.calls_seen(), 1U);
  observe(1, ok(invite({.call_id = outer})));
  EXPECT_EQ(call().state, CallState::answered);
  table.finish();
  EXPECT_EQ(calls.size(), 1U);
}

TEST_F(CallTableTest, MakesOneCallOfTwoThatTurnOutToBeOne) {
  observe(0, invite());
  observe(0, invite({.call_id = "outer"}));
  EXPECT_EQ(table.calls_seen(), 2U);
  table.alias("outer", InDialog{}.call_id);
  EXPECT_EQ(table.calls_seen(), 1U);
  table.finish();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].call_id, InDialog{}.call_id);
}

TEST_F(CallTableTest, BearsAliasesThatContradictEachOther) {
  table.alias("a", "b");
  table.alias("b", "a");
  EXPECT_EQ(table.canonical("a"), "a");
  EXPECT_EQ(table.canonical("b"), "a");
  table.alias("c", "c");
  table.alias("", "d");
  EXPECT_EQ(table.canonical(""), "");
  EXPECT_EQ(table.canonical("d"), "d");
}

TEST_F(CallTableTest, KeepsOnlySoManyAliases) {
  limit({.calls = 2});
  for (int i = 0; i < 100; ++i) table.alias("outer" + std::to_string(i), "inner" + std::to_string(i));
  EXPECT_EQ(table.canonical("outer99"), "inner99");
  EXPECT_EQ(table.canonical("outer0"), "outer0");
  const TableFill aliases = table.tables()[2];
  EXPECT_EQ(aliases.entries + aliases.evictions, 100U);
  EXPECT_LE(aliases.entries, aliases.capacity);
}

TEST_F(CallTableTest, KeepsCallsThatEndedForTheirRetransmissions) {
  see(0, invite());
  see(1, ok(invite()));
  see(10, request("BYE", kAnswered));
  table.advance(time_of(70));
  EXPECT_TRUE(calls.empty());
  table.advance(time_of(75));
  EXPECT_EQ(calls.size(), 1U);
}

TEST_F(CallTableTest, KeepsLongCalls) {
  see(0, invite());
  see(1, ok(invite()));
  for (int minute = 1; minute < 20 * 60; minute += 7) table.advance(time_of(60.0 * minute));
  EXPECT_TRUE(calls.empty());
  see(20 * 3600, request("BYE", kAnswered));
  EXPECT_EQ(call().state, CallState::ended);
}

TEST_F(CallTableTest, GivesUpAnAnsweredCallAfterADayOfSilence) {
  see(0, invite());
  see(1, ok(invite()));
  table.advance(time_of(25 * 3600));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].state, CallState::answered);
  observe(25 * 3600 + 1, request("BYE", kAnswered));
  EXPECT_EQ(table.calls_seen(), 1U);
}

TEST_F(CallTableTest, RetiresThoseBehindALongCall) {
  see(0, invite({.call_id = "long"}));
  see(1, ok(invite({.call_id = "long"})));
  see(2, invite());
  see(3, reply(invite(), 486));
  table.advance(time_of(100));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].call_id, InDialog{}.call_id);
}

TEST_F(CallTableTest, LetsTheLongestSilentCallGoWhenItIsFull) {
  limit({.calls = 2});
  see(0, invite({.call_id = "one"}));
  see(1, invite({.call_id = "two"}));
  see(2, ok(invite({.call_id = "one"})));
  see(3, invite({.call_id = "three"}));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].call_id, "two");
  EXPECT_NE(table.find("one"), nullptr);
  EXPECT_EQ(table.tables()[0].evictions, 1U);
  EXPECT_EQ(table.tables()[1].evictions, 0U);
}

TEST_F(CallTableTest, FollowsARegistration) {
  see(0, register_());
  EXPECT_EQ(registration().state, RegistrationState::asked);
  EXPECT_EQ(registration().contact, "<sip:alice@192.168.1.33:5060>");
  see(0.1, reply(register_(), 401, "t", "Unauthorized"));
  EXPECT_EQ(registration().state, RegistrationState::challenged);
  const Text again = register_({.cseq = 2});
  see(0.2, again);
  see(0.3, reply(again, 100));
  EXPECT_EQ(registration().state, RegistrationState::challenged);
  see(0.4, ok(again));
  EXPECT_EQ(registration().state, RegistrationState::registered);
  EXPECT_EQ(registration().reason, "200 OK");
  observe(0.5, reply(register_(), 401, "t", "Unauthorized"));  // a late copy
  EXPECT_EQ(registration().state, RegistrationState::registered);
  EXPECT_EQ(registration().started, time_of(0));
  EXPECT_EQ(table.registrations_seen(), 1U);
}

TEST_F(CallTableTest, KnowsARejectedRegistration) {
  see(0, register_());
  see(0.1, reply(register_(), 403, "t", "Forbidden"));
  EXPECT_EQ(registration().state, RegistrationState::rejected);
  EXPECT_EQ(registration().reason, "403 Forbidden");
}

TEST_F(CallTableTest, KnowsARegistrationWithoutAnAnswer) {
  see(0, register_());
  table.finish();
  ASSERT_EQ(registrations.size(), 1U);
  EXPECT_EQ(registrations[0].state, RegistrationState::unanswered);
}

TEST_F(CallTableTest, KnowsARegistrationThatWasTakenAway) {
  const std::string phone = "<sip:alice@192.168.1.33>";
  struct Case {
    std::string_view name;
    Text text;
    RegistrationState state;
  };
  const Case cases[] = {
      {"star", register_().set("Contact", "*").set("Expires", "0"), RegistrationState::removed},
      {"header", register_().set("Expires", "0"), RegistrationState::removed},
      {"parameter", register_().set("Contact", phone + ";expires=0"), RegistrationState::removed},
      {"parameter overrules header", register_().set("Contact", phone + ";expires=60").set("Expires", "0"),
       RegistrationState::registered},
      {"one of two", register_().set("Contact", phone + ";expires=0, <sip:alice@192.168.1.34>"),
       RegistrationState::registered},
      {"both", register_().set("Contact", phone + ";expires=0, <sip:alice@h>").set("Expires", "00"),
       RegistrationState::removed},
      {"a question", register_().remove("Contact").set("Expires", "0"), RegistrationState::registered},
      {"neither", register_().remove("Expires"), RegistrationState::registered},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    table = CallTable(sink());
    see(0, c.text);
    see(0.1, ok(c.text));
    EXPECT_EQ(registration().state, c.state);
  }
}

// RFC 3261 10.2: one Call-ID for all registrations of a device.
TEST_F(CallTableTest, KeepsAddressesApartThatShareACallId) {
  const auto of = [](std::string_view user, int cseq) {
    const std::string aor = "sip:" + std::string(user) + "@example.com";
    return register_({.call_id = "shared", .caller = aor, .called = aor, .cseq = cseq});
  };
  see(0, of("100", 1));
  see(0, of("101", 2));
  see(0.1, reply(of("100", 1), 403, "t", "Forbidden"));
  see(0.1, ok(of("101", 2)));
  EXPECT_EQ(table.registrations_seen(), 2U);
  EXPECT_EQ(registration("sip:100@example.com").state, RegistrationState::rejected);
  EXPECT_EQ(registration("sip:101@example.com").state, RegistrationState::registered);
}

TEST_F(CallTableTest, KnowsARegistrationByItsExchangeWhereTheAddressWasRewritten) {
  observe(0, register_());
  observe(0.001, register_().replace("example.com", "198.51.100.10"));
  observe(0.1, ok(register_()).replace("example.com", "198.51.100.10"));
  EXPECT_EQ(table.registrations_seen(), 1U);
  EXPECT_EQ(registration().state, RegistrationState::registered);
}

TEST_F(CallTableTest, RenamesARegistrationThatWasFirstSeenUnderItsOtherName) {
  observe(0, register_().replace("example.com", "198.51.100.10"));
  table.alias_aor("sip:alice@198.51.100.10", "sip:alice@example.com");
  observe(0, register_());
  EXPECT_EQ(table.registrations_seen(), 1U);
  EXPECT_EQ(registration().aor, "sip:alice@example.com");
  EXPECT_EQ(table.find_registration("sip:alice@198.51.100.10"), nullptr);
  table.alias_aor("nobody", "sip:alice@example.com");
  table.alias_aor("sip:alice@example.com", "");
  table.finish();
  EXPECT_EQ(registrations.size(), 1U);
}

TEST_F(CallTableTest, LetsTheLongestSilentRegistrationGoWhenItIsFull) {
  limit({.registrations = 2});
  const auto of = [](int user) {
    const std::string aor = "sip:" + std::to_string(user) + "@example.com";
    return register_({.call_id = std::to_string(user), .caller = aor, .called = aor});
  };
  see(0, of(1));
  see(1, of(2));
  see(2, of(1));
  see(3, of(3));
  ASSERT_EQ(registrations.size(), 1U);
  EXPECT_EQ(registrations[0].aor, "sip:2@example.com");
  EXPECT_EQ(table.tables()[1].evictions, 1U);
}

TEST_F(CallTableTest, ReadsAddressesOfRecord) {
  const auto aor = [&](std::string to) {
    const std::string text = register_().set("To", std::move(to));
    sip::Message::parse(text, message);
    return aor_of(message);
  };
  EXPECT_EQ(aor("\"Alice\" <SIP:Alice@Example.COM:5060;transport=udp>;tag=1"), "sip:Alice@example.com");
  EXPECT_EQ(aor("<sip:example.com>"), "sip:example.com");
  EXPECT_EQ(aor("<tel:+4930>"), "tel:+4930");
  EXPECT_EQ(aor("<<<"), "");
}

}  // namespace
}  // namespace vialens

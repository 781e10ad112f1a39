// Whole stories: what an engine with both sides of a router in sight makes of them.
#include "userspace/engine/engine.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

// A registration with a challenge, and a call of ten seconds. `alg`: the router rewrites.
void tell_usual_day(Story& story, bool alg) {
  const auto both = [&](double time, const Text& text, bool out) {
    const std::string inner = text, outer = alg ? outside(text) : text;
    if (out)
      story.out(time, inner, outer);
    else
      story.in(time, outer, inner);
  };
  const Text again = register_({.branch = "z9hG4bKr2", .cseq = 2});
  both(0, register_(), true);
  both(0.02, reply(register_(), 401, "r1"), false);
  both(0.04, again, true);
  both(0.06, ok(again, "r2").set("Contact", "<sip:alice@192.168.1.33:5060>;expires=60"), false);

  const InDialog later{.to_tag = "314159", .branch = "z9hG4bKlater", .cseq = 2};
  both(5, invite(), true);
  both(5.02, reply(invite(), 100), false);
  both(5.3, reply(invite(), 180), false);
  both(8, ok(invite()), false);
  both(8.02, request("ACK", {.to_tag = "314159", .branch = "z9hG4bKack"}), true);
  both(18, request("BYE", later), true);
  both(18.02, ok(request("BYE", later)), false);
}

void expect_same_in_any_order(const Story& story) {
  const auto told = play(story).told();
  for (unsigned seed = 1; seed <= 8; ++seed) EXPECT_EQ(play(story, seed).told(), told) << "seed " << seed;
}

TEST(EngineTest, FindsNothingWithoutAnAlg) {
  Story story;
  tell_usual_day(story, false);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids{});
  EXPECT_EQ(outcome.totals.sip_messages, 22U);
  EXPECT_EQ(outcome.totals.crossings_unchanged, 11U);
  EXPECT_EQ(outcome.totals.crossings_rewritten(), 0U);
  EXPECT_EQ(outcome.totals.strays, 0U);
  ASSERT_EQ(outcome.calls.size(), 1U);
  EXPECT_EQ(outcome.calls[0].state, CallState::ended);
  EXPECT_EQ(outcome.calls[0].end_reason, "BYE from the caller");
  EXPECT_TRUE(outcome.calls[0].findings.empty());
  ASSERT_EQ(outcome.registrations.size(), 1U);
  EXPECT_EQ(outcome.registrations[0].state, RegistrationState::registered);
}

TEST(EngineTest, FindsTheAlg) {
  Story story;
  tell_usual_day(story, true);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids({"alg-via", "alg-contact", "alg-sdp-origin", "alg-sdp-address"}));
  EXPECT_EQ(outcome.totals.crossings_rewritten(), 11U);
  ASSERT_EQ(outcome.calls.size(), 1U);
  EXPECT_EQ(outcome.calls[0].findings.size(), 4U);
  ASSERT_EQ(outcome.registrations.size(), 1U);
  EXPECT_EQ(outcome.registrations[0].findings, (std::vector<std::string>{"alg-via", "alg-contact"}));
  EXPECT_EQ(outcome.counts.at("alg-via"), 2U);  // of the call, and of the registration
}

TEST(EngineTest, SaysTheSameWhateverComesFirstAtOneTime) {
  for (const bool alg : {false, true}) {
    Story story;
    story.latency = 0;
    tell_usual_day(story, alg);
    expect_same_in_any_order(story);
    story = {};
    tell_usual_day(story, alg);
    EXPECT_EQ(play(story).alarms(), play(story, 7).alarms());
  }
}

TEST(EngineTest, KnowsOneCallByTheNameThatThePhoneGaveIt) {
  Story story;
  story.latency = 0;
  const Text inside = invite(), beyond = invite().replace(kPhoneAddress, kRouterAddress);
  story.out(0, inside, beyond);
  story.in(1, ok(beyond), ok(inside));
  story.out(
      2, register_({.call_id = "r@192.168.1.33", .caller = "sip:100@192.168.1.33", .called = "sip:100@192.168.1.33"}),
      register_({.call_id = "r@203.0.113.5",
                 .caller = "sip:100@203.0.113.5",
                 .called = "sip:100@203.0.113.5",
                 .via = "203.0.113.5:5060",
                 .contact = "sip:alice@203.0.113.5:5060"}));
  const Outcome outcome = play(story);
  ASSERT_EQ(outcome.calls.size(), 1U);
  EXPECT_EQ(outcome.calls[0].call_id, "a84b4c76e66710@192.168.1.33");
  EXPECT_EQ(outcome.calls[0].state, CallState::answered);
  ASSERT_EQ(outcome.registrations.size(), 1U);
  EXPECT_EQ(outcome.registrations[0].aor, "sip:100@192.168.1.33");
  EXPECT_FALSE(outcome.registrations[0].findings.empty());
  expect_same_in_any_order(story);
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const Outcome shuffled = play(story, seed);
    ASSERT_EQ(shuffled.calls.size(), 1U);
    EXPECT_EQ(shuffled.calls[0].call_id, outcome.calls[0].call_id);
    EXPECT_EQ(shuffled.calls[0].findings, outcome.calls[0].findings);
    ASSERT_EQ(shuffled.registrations.size(), 1U);
    EXPECT_EQ(shuffled.registrations[0].aor, outcome.registrations[0].aor);
    EXPECT_EQ(shuffled.registrations[0].findings, outcome.registrations[0].findings);
  }
}

TEST(EngineTest, LeavesAProxyOnTheBoxAlone) {
  Story story;
  const Text inside = invite();
  const Text beyond =
      outside(inside).set("Max-Forwards", "69").push_front("Via", "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKp");
  story.out(0, inside, beyond);
  story.in(1, Text(ok(inside)).push_front("Via", "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKp"), ok(inside));
  story.wait_until(10);
  const Outcome outcome = play(story);
  EXPECT_NE(outcome.find("note-proxy"), nullptr);
  for (const Finding& finding : outcome.told_alarms()) EXPECT_LT(finding.confidence, kLikely) << finding.kind->id;
}

// Not a proxy: it forgets its own Via in the answer, which the phone has to discard (RFC 3261 8.1.3.3).
TEST(EngineTest, FindsAViaThatIsNotTakenAway) {
  Story story;
  const std::string pushed = "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKp";
  const Text inside = invite();
  const Text beyond = outside(inside).push_front("Via", pushed);
  story.out(0, inside, beyond);
  story.in(1, Text(ok(inside)).push_front("Via", pushed));
  story.wait_until(10);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.find("note-proxy"), nullptr);
  EXPECT_EQ(outcome.alarms(), Ids({"alg-via", "alg-header-added", "alg-contact", "alg-sdp-origin", "alg-sdp-address"}));
  EXPECT_GE(outcome.find("alg-via")->confidence, kProven);
}

TEST(EngineTest, SaysNothingWithOneSideInSight) {
  for (const Side side : {Side::lan, Side::wan, Side::server, Side::unknown}) {
    Story story;
    const InDialog later{.to_tag = "314159", .branch = "z9hG4bKlater", .cseq = 2};
    story.lan(0, kPhone, kServer, invite()).lan(1, kServer, kPhone, ok(invite()));
    story.lan(9, kPhone, kServer, request("BYE", later)).lan(9.1, kServer, kPhone, ok(request("BYE", later)));
    const Outcome outcome = play(story, 0, {{0, "tap", "", side, Direction::unknown, "file"}});
    EXPECT_EQ(outcome.alarms(), Ids{});
    ASSERT_EQ(outcome.calls.size(), 1U);
    EXPECT_EQ(outcome.calls[0].state, CallState::ended);
    EXPECT_EQ(outcome.totals.strays, 0U);
  }
}

TEST(EngineTest, BearsANatThatChoosesOtherPorts) {
  Story story;
  story.router = "203.0.113.5:61234";
  tell_usual_day(story, false);
  EXPECT_EQ(play(story).alarms(), Ids{});
  story = {};
  story.router = "203.0.113.5:61234";
  tell_usual_day(story, true);
  // The router announces 5060, and nobody is to be reached there.
  EXPECT_EQ(play(story).alarms(),
            Ids({"alg-via", "alg-contact", "alg-contact-port", "alg-sdp-origin", "alg-sdp-address"}));
}

TEST(EngineTest, CountsRetransmissionsAsOneCall) {
  Story story;
  story.repeated(0, 3, [&](double at) { story.out(at, invite()); });
  story.repeated(4, 3, [&](double at) { story.in(at, ok(invite())); });
  story.wait_until(20);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids{});
  EXPECT_EQ(outcome.totals.calls, 1U);
  EXPECT_EQ(outcome.totals.crossings_unchanged, 6U);
  EXPECT_EQ(outcome.totals.strays, 0U);
}

TEST(EngineTest, WorksWithoutNat) {
  Story story;
  story.phone = story.router = "192.0.2.33:5060";
  tell_usual_day(story, false);
  EXPECT_EQ(play(story).alarms(), Ids{});
}

TEST(EngineTest, WorksOnIpv6) {
  Story story;
  story.phone = story.router = "[2001:db8:1::33]:5060";
  story.server = "[2001:db8:2::10]:5060";
  const Text text = invite()
                        .replace("192.168.1.33", "[2001:DB8:1::33]")
                        .body("application/sdp", replaced(sdp("2001:DB8:1::33"), "IP4", "IP6"));
  const Text spelled = Text(text).replace("2001:DB8:1::33", "2001:db8:1:0::33");
  story.out(0, text, Text(spelled).set("Call-ID", text.get("Call-ID")));
  EXPECT_EQ(play(story).alarms(), Ids{});
  EXPECT_EQ(play(story).totals.crossings_unchanged, 1U);
  story.out(1, text, Text(text).set("Contact", "<sip:alice@[2001:db8:9::5]:5060>"));
  EXPECT_EQ(play(story).alarms(), Ids{"alg-contact"});
}

TEST(EngineTest, SeesThroughFragments) {
  const Text inside = invite(), beyond = outside(invite());
  Story story;
  story.lan(0, kPhone, kServer, inside).fragmented(256);
  story.wan(0.001, kRouter, kServer, beyond).fragmented(64);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids({"alg-via", "alg-contact", "alg-sdp-origin", "alg-sdp-address"}));
  EXPECT_EQ(outcome.totals.crossings_rewritten(), 1U);
  EXPECT_EQ(outcome.totals.fragments_lost, 0U);
  EXPECT_GE(outcome.totals.fragments, 10U);
}

TEST(EngineTest, SeesThroughTcp) {
  const Text inside = invite(), beyond = outside(invite());
  Story story;
  story.transport = Transport::tcp;
  story.lan(0, kPhone, kServer, inside).split(100);
  story.wan(0.001, kRouter, kServer, beyond).split(333);
  story.out(1, options(1));
  const Outcome outcome = play(story);
  // The Via of OPTIONS was left as it was.
  EXPECT_EQ(outcome.alarms(), Ids({"alg-via", "alg-contact", "alg-sdp-origin", "alg-sdp-address", "alg-asymmetric"}));
  EXPECT_EQ(outcome.totals.crossings_unchanged, 1U);
  EXPECT_EQ(outcome.totals.tcp_gaps, 0U);
}

TEST(EngineTest, IsNotFooledByACaptureThatIsCut) {
  Story story;
  const std::string text = invite();
  story.lan(0, kPhone, kServer, text).wan(0.001, kRouter, kServer, text).cut(text.size() - 60);  // within the SDP
  story.lan(1, kPhone, kServer, text).wan(1.001, kRouter, kServer, text).cut(380);               // within the headers
  story.wait_until(9);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids{});
  EXPECT_EQ(outcome.totals.crossings_rewritten(), 0U);
}

// Two phones, one server, the same CSeq everywhere: one call of one of them is swallowed.
TEST(EngineTest, KeepsManyCallsApart) {
  Story story;
  story.latency = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    const InDialog dialog{
        .call_id = number + "@192.168.1.33", .from_tag = "tag" + number, .branch = "z9hG4bK" + number};
    const double time = 0.002 * i;
    if (i % 7 == 0)
      story.swallowed_out(time, invite(dialog));
    else
      story.out(time, invite(dialog));
    story.in(time + 0.5, reply(invite(dialog), 100));
  }
  story.wait_until(10);
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids{});
  EXPECT_EQ(outcome.totals.calls, 200U);
  EXPECT_EQ(outcome.totals.crossings_rewritten(), 0U);
  EXPECT_EQ(outcome.totals.strays, 29U);
  expect_same_in_any_order(story);
}

// A call from phone to phone through the server: the same Call-ID goes out and comes in again.
TEST(EngineTest, BearsACallThatComesBackIn) {
  for (const double latency : {0.0, 0.001}) {
    Story story;
    story.latency = latency;
    const Text out = invite();
    const Text back =
        Text(out).push_front("Via", "SIP/2.0/UDP 198.51.100.10;branch=z9hG4bKserver").set("Max-Forwards", "69");
    story.out(0, out);
    story.wan(0.01, kServer, "203.0.113.5:5070", back).lan(0.01 + latency, kServer, kPhone2, back);
    story.lan(0.5, kPhone2, kServer, ok(back)).wan(0.5 + latency, "203.0.113.5:5070", kServer, ok(back));
    story.in(0.6, ok(out));
    story.wait_until(10);
    const Outcome outcome = play(story);
    EXPECT_EQ(outcome.alarms(), Ids{});
    EXPECT_EQ(outcome.totals.crossings_unchanged, 4U);
    expect_same_in_any_order(story);
  }
}

// One call to one number that rings on two phones behind the router; one of the two requests is swallowed.
TEST(EngineTest, KeepsTheBranchesOfAForkApart) {
  Story story;
  story.latency = 0;
  const auto fork = [](std::string_view target) {
    return invite({.caller = "sip:bob@example.com",
                   .called = "sip:alice@" + std::string(target),
                   .via = "198.51.100.10:5060",
                   .contact = "sip:bob@198.51.100.10:5060",
                   .branch = "z9hG4bK" + std::string(target)});
  };
  story.wan(0, kServer, kRouter, fork("203.0.113.5:5060"));
  story.wan(0.01, kServer, "203.0.113.5:5062", fork("203.0.113.5:5062"));
  story.lan(0.01, kServer, kPhone2, fork("203.0.113.5:5062"));
  story.wait_until(10);
  EXPECT_EQ(play(story).alarms(), Ids{});
  EXPECT_EQ(play(story).totals.crossings_unchanged, 1U);
  expect_same_in_any_order(story);
}

TEST(EngineTest, FindsABranchThatWasChanged) {
  Story story;
  const Text inside = invite();
  story.out(0, inside, outside(inside).replace_in("Via", "z9hG4bK776asdhds", "z9hG4bKrouter"));
  story.wait_until(10);
  EXPECT_EQ(play(story).alarms(),
            Ids({"alg-via", "alg-via-params", "alg-contact", "alg-sdp-origin", "alg-sdp-address"}));
}

// A phone that knows its outside address announces it itself (STUN, UPnP, a setting).
TEST(EngineTest, SaysNothingOfAddressesThatThePhoneItselfAnnounces) {
  Story story;
  story.out(0, outside(invite()));
  story.out(1, register_());
  story.out(2, register_({.contact = "sip:alice@203.0.113.5:61234", .branch = "z9hG4bKr2", .cseq = 2}));
  EXPECT_EQ(play(story).alarms(), Ids{});
}

TEST(EngineTest, SaysNothingOfWhatTheServerFillsIn) {
  Story story;
  const Text request = options();
  const Text answer = reply(request, 200).set("Via", request.get("Via") + "=61234;received=203.0.113.5");
  story.out(0, request).in(0.1, answer);
  EXPECT_EQ(play(story).alarms(), Ids{});
}

TEST(EngineTest, SaysNothingOfTextThatOnlyLooksDifferent) {
  Story story;
  Text compact = invite();
  compact.rename("Via", "v").rename("From", "f").rename("To", "t").rename("Call-ID", "i").rename("Contact", "m");
  story.out(0, invite(), Text(compact).reverse_headers());
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.alarms(), Ids{});
  EXPECT_EQ(outcome.totals.crossings_unchanged, 1U);
}

TEST(EngineTest, CountsWhatIsNoSip) {
  Story story;
  story.lan(0, kPhone, kServer, "this is no SIP message at all");
  story.lan(1, kPhone, kServer, "INVITE sip:bob@example.com SIP/2.0\r\n\r\n");
  story.lan(2, kPhone, kServer, std::string(invite()).insert(0, "\r\n"));
  const Outcome outcome = play(story);
  EXPECT_EQ(outcome.totals.unparsed, 1U);
  EXPECT_EQ(outcome.totals.sip_messages, 2U);
  EXPECT_EQ(outcome.totals.broken, 1U);
  EXPECT_EQ(outcome.totals.odd, 1U);
}

TEST(EngineTest, NotesAFindingOnlyWhereItBelongs) {
  Story story;
  story.lan(0, kPhone, kServer, invite().remove("Call-ID"));
  story.out(1, options(), options().replace(kPhoneAddress, kRouterAddress));
  story.out(2, register_(), outside(register_()));
  const Outcome outcome = play(story);
  EXPECT_TRUE(outcome.calls.empty());
  ASSERT_EQ(outcome.registrations.size(), 1U);
  EXPECT_EQ(outcome.registrations[0].findings.size(), 2U);
}

TEST(EngineTest, HoldsTheKernelsHintAgainstTheParser) {
  Outcome outcome;
  CollectingSink sink(outcome);
  const auto taps = two_taps();
  Engine engine(taps, sink);
  const std::string text = invite();
  const auto observe = [&](const vialens_match& match) {
    Piece piece;
    piece.time = time_of(0);
    piece.source = endpoint(kPhone);
    piece.destination = endpoint(kServer);
    piece.wire_length = static_cast<std::uint32_t>(text.size());
    piece.bytes = text;
    piece.match = &match;
    engine.observe(piece);
  };
  vialens_match match{};
  match.method = VIALENS_M_INVITE;
  observe(match);
  match.flags = VIALENS_MATCH_FINISHED;
  observe(match);
  match.field[VIALENS_F_CALL_ID].off = static_cast<__u16>(text.find("a84b4c"));
  match.field[VIALENS_F_CALL_ID].len = static_cast<__u16>(InDialog{}.call_id.size());
  observe(match);
  match.status = 200;
  observe(match);
  EXPECT_EQ(engine.totals().match_unfinished, 1U);
  EXPECT_EQ(engine.totals().match_confirmed, 1U);
  EXPECT_EQ(engine.totals().match_wrong, 2U);
}

}  // namespace
}  // namespace vialens

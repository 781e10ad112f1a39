// What the board shows: one entry each, the latest first, page by page; what is active; news without gaps.
#include "userspace/board/board.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/sink_fixture.h"

namespace vialens {
namespace {

using namespace test;
using std::chrono::seconds;

Call call_named(const std::string& id, CallState state = CallState::answered) {
  Call call = a_call();
  call.call_id = id;
  call.state = state;
  if (state == CallState::answered) call.ended.reset();
  return call;
}

Finding finding_of(const std::string& id, const std::string& call_id, double confidence = 0.99) {
  Finding finding = a_finding();
  finding.kind = find_kind(id);
  finding.subject.call_id = call_id;
  finding.confidence = confidence;
  return finding;
}

std::vector<std::string> ids(const Page<Call>& page) {
  std::vector<std::string> result;
  for (const Call& call : page.items) result.push_back(call.call_id);
  return result;
}

TEST(Board, ShowsEachCallOnceInItsLastState) {
  Board board;
  board.on_call_changed(call_named("a", CallState::calling));
  board.on_call_changed(call_named("b", CallState::calling));
  board.on_call_changed(call_named("a", CallState::answered));
  board.on_call(call_named("b", CallState::failed));
  const Page<Call> page = board.calls({});
  EXPECT_EQ(ids(page), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(page.items[1].state, CallState::answered);
  EXPECT_EQ(page.items[0].state, CallState::failed);
  EXPECT_FALSE(page.next);
  EXPECT_EQ(board.status().calls_live, 1U);
}

TEST(Board, PagesWithoutLosingOrRepeatingWhileCallsArrive) {
  Board board;
  for (int i = 0; i < 7; ++i) board.on_call_changed(call_named(std::to_string(i)));
  Filter filter;
  filter.limit = 3;
  std::vector<std::string> seen;
  for (int page_number = 0; page_number < 10; ++page_number) {
    const Page<Call> page = board.calls(filter);
    for (const std::string& id : ids(page)) seen.push_back(id);
    board.on_call_changed(call_named("new " + std::to_string(page_number)));
    if (!page.next) break;
    filter.before = *page.next;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"6", "5", "4", "3", "2", "1", "0"}));
}

TEST(Board, Filters) {
  Board board;
  Call failed = call_named("failed", CallState::failed);
  failed.findings = {"alg-contact", "call-outbound-rejected"};
  failed.from = "sip:+49301234@example.com";
  failed.started = noon() + seconds(60);
  board.on_call_changed(failed);
  Call up = call_named("up");
  up.findings = {"note-hold"};
  board.on_call_changed(up);

  const auto with = [&](auto set) {
    Filter filter;
    set(filter);
    return ids(board.calls(filter));
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(with([](Filter& f) { f.findings = {"alg"}; }), Ids{"failed"});
  EXPECT_EQ(with([](Filter& f) { f.findings = {"note-hold"}; }), Ids{"up"});
  EXPECT_EQ(with([](Filter& f) { f.findings = {"al"}; }), Ids{});
  EXPECT_EQ(with([](Filter& f) { f.states = {"live"}; }), Ids{"up"});
  EXPECT_EQ(with([](Filter& f) { f.states = {"failed", "cancelled"}; }), Ids{"failed"});
  EXPECT_EQ(with([](Filter& f) { f.subscriber = "+49301234"; }), Ids{"failed"});
  EXPECT_EQ(with([](Filter& f) { f.subscriber = "ALICE"; }), Ids{"up"});
  EXPECT_EQ(with([](Filter& f) { f.since = noon() + seconds(1); }), Ids{"failed"});
  EXPECT_EQ(with([](Filter& f) { f.until = noon() + seconds(60); }), Ids{"up"});
  EXPECT_EQ(with([](Filter& f) { f.side = Side::wan; }), Ids{});
  EXPECT_EQ(with([](Filter& f) { f.side = Side::lan; }), (Ids{"up", "failed"}));
}

TEST(Board, ForgetsWhatIsOverBeforeWhatLives) {
  Board::Limits limits;
  limits.calls = 2;
  Board board(limits);
  board.on_call_changed(call_named("lives"));
  board.on_call_changed(call_named("over", CallState::ended));
  board.on_call_changed(call_named("new"));
  EXPECT_EQ(ids(board.calls({})), (std::vector<std::string>{"new", "lives"}));
  board.on_call_changed(call_named("newer"));
  EXPECT_EQ(ids(board.calls({})), (std::vector<std::string>{"newer", "new"}));
  EXPECT_EQ(board.fills()[0].evictions, 2U);
}

// The WAN side was heard first: the call was opened by the name that the router gave it.
TEST(Board, KnowsACallByThePhonesNameAlone) {
  Board board;
  board.on_call_changed(call_named("outside"));
  board.on_crossing({1, 2, Direction::out, Grade::harmless, "inside", "outside", {}});
  board.on_call_changed(call_named("inside"));
  EXPECT_EQ(ids(board.calls({})), std::vector<std::string>{"inside"});
  EXPECT_FALSE(board.call("outside"));
}

TEST(Board, AFindingToldAgainIsOneAndNews) {
  Board board;
  board.on_finding(finding_of("alg-contact", "a", 0.6));
  board.on_finding(finding_of("alg-via", "a"));
  board.on_finding(finding_of("alg-contact", "a", 0.99));
  const Page<Finding> page = board.findings({});
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].kind->id, "alg-contact");
  EXPECT_EQ(page.items[0].confidence, 0.99);
  Filter sure;
  sure.confidence = 0.995;
  EXPECT_TRUE(board.findings(sure).items.empty());
  sure = {};
  sure.severity = Severity::info;
  EXPECT_TRUE(board.findings(sure).items.empty());
  sure = {};
  sure.side = Side::wan;
  EXPECT_EQ(board.findings(sure).items.size(), 2U);
  sure.side = Side::server;
  EXPECT_TRUE(board.findings(sure).items.empty());
}

TEST(Board, KeepsHowAStreamWent) {
  Board board;
  Call call = call_named("a");
  CallStream& stream = call.media.front();
  for (int i = 1; i <= 3; ++i) {
    call.media_told = noon() + seconds(5 * i);
    stream.packets = static_cast<std::uint64_t>(250 * i);
    stream.lost = i == 2 ? 50 : 0;  // which came late
    board.on_call_changed(call);
  }
  board.on_call_changed(call);  // for another reason
  const std::vector<StreamHistory> media = board.media_of("a");
  ASSERT_EQ(media.size(), 1U);
  const std::vector<MediaSample>& samples = media[0].history.samples();
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].packets, 250U);
  EXPECT_EQ(samples[1].packets, 250U);
  EXPECT_EQ(samples[1].length, seconds(5));
  EXPECT_EQ(samples[1].lost, 50U);
  EXPECT_EQ(samples[2].lost, 0U);
  ASSERT_TRUE(samples[0].mos && samples[1].mos);
  EXPECT_LT(*samples[1].mos, *samples[0].mos);
}

TEST(MediaHistory, StaysBoundedAndWhole) {
  MediaHistory history;
  CallStream stream;
  const Codecs codecs;
  std::uint64_t added = 0;
  for (int i = 1; i <= 10'000; ++i) {
    stream.packets += 250;
    if (i % 10 == 0) stream.lost += 1;
    history.add(noon() + seconds(5 * i), stream, codecs);
    ++added;
    ASSERT_LE(history.samples().size(), MediaHistory::kMost);
  }
  EXPECT_GE(history.samples().size(), MediaHistory::kMost / 2);
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;
  Duration length{};
  for (const MediaSample& sample : history.samples()) {
    packets += sample.packets;
    lost += sample.lost;
    length += sample.length;
  }
  EXPECT_EQ(packets, 250 * added);
  EXPECT_EQ(lost, 1000U);
  EXPECT_EQ(length, seconds(5 * 10'000));
}

TEST(Board, TellsNewsInOrderAndWhatIsForgotten) {
  Board::Limits limits;
  limits.news = 3;
  Board board(limits);
  EXPECT_TRUE(board.news_after(0, std::chrono::milliseconds(0)).empty());
  for (int i = 0; i < 5; ++i) board.on_call_changed(call_named(std::to_string(i)));
  const std::vector<News> news = board.news_after(0, std::chrono::milliseconds(0));
  ASSERT_EQ(news.size(), 3U);
  EXPECT_EQ(news[0].number, 3U);  // 1 and 2 are forgotten
  EXPECT_EQ(news[0].type, "call");
  EXPECT_NE(news[0].json->find(R"("call_id":"2")"), std::string::npos);
  EXPECT_EQ(news[0].json->find('\n'), std::string::npos);
  EXPECT_EQ(board.news_after(4, std::chrono::milliseconds(0)).size(), 1U);
}

TEST(Board, WakesWhoWaitsForNews) {
  Board board;
  std::thread teller([&] { board.on_finding(a_finding()); });
  EXPECT_EQ(board.news_after(0, seconds(30)).size(), 1U);
  teller.join();
  std::thread closer([&] { board.close(); });
  EXPECT_TRUE(board.news_after(1, seconds(30)).empty());
  closer.join();
}

TEST(Board, StreamsOfCallsAndOthers) {
  Board board;
  board.on_call_changed(call_named("up"));
  board.on_call_changed(call_named("over", CallState::ended));
  const TapInfo wan{1, "wan", "eth1", Side::wan, Direction::in, "xdp"};
  Flow flow;
  flow.tap = 1;
  flow.last = noon();
  flow.packets = 9;
  board.on_stream(flow, wan);
  flow.packets = 10;
  board.on_stream(flow, wan);
  Filter filter;
  Page<BoardFlow> page = board.flows(filter);
  ASSERT_EQ(page.items.size(), 3U);
  EXPECT_EQ(page.items[0].call_id, "up");
  EXPECT_EQ(page.items[0].codec, "PCMU");
  EXPECT_EQ(page.items[1].call_id, "");
  EXPECT_EQ(page.items[1].stream.packets, 10U);
  EXPECT_EQ(page.items[2].call_id, "over");
  filter.limit = 2;
  page = board.flows(filter);
  ASSERT_TRUE(page.next);
  filter.before = *page.next;
  page = board.flows(filter);
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].call_id, "over");
  filter = {};
  filter.side = Side::wan;
  EXPECT_EQ(board.flows(filter).items.size(), 1U);
}

// --- health

Health::Level level_of(const std::vector<Finding>& findings, const Summary& now) {
  std::vector<const Finding*> active;
  for (const Finding& finding : findings) active.push_back(&finding);
  return health_of(now, active).level;
}

TEST(Health, IsUnknownWithoutSip) {
  const Summary nothing;
  const Health health = health_of(nothing, {});
  EXPECT_EQ(health.level, Health::Level::unknown);
  EXPECT_FALSE(health.sentence.empty());
}

TEST(Health, IsGreenWhereNothingIsAnAlarm) {
  Summary now;
  now.totals.sip_messages = 8;
  now.totals.crossings_unchanged = 4;
  EXPECT_EQ(level_of({}, now), Health::Level::green);
  EXPECT_EQ(level_of({finding_of("note-hold", "a"), finding_of("alg-contact", "a", 0.45)}, now), Health::Level::green);
}

TEST(Health, NamesTheGravestWithItsRemedy) {
  Summary now;
  now.totals.sip_messages = 8;
  Finding felt = finding_of("media-one-way", "a", 0.9);
  felt.verdict = "Bob does not hear Alice, because the router wrote a private address.";
  felt.causes = {"alg-sdp-address"};
  felt.remedy = "Switch SIP ALG off.";
  const Finding via = finding_of("alg-via", "a");
  EXPECT_EQ(level_of({via}, now), Health::Level::amber);
  const Health health = health_of(now, {&via, &felt});
  EXPECT_EQ(health.level, Health::Level::red);
  EXPECT_EQ(health.sentence, felt.verdict);
  EXPECT_EQ(health.remedy, "Switch SIP ALG off.");
  EXPECT_EQ(health.findings, (std::vector<std::string_view>{"media-one-way", "alg-via"}));
}

TEST(Health, IsNotGreenWherePacketsWereMissed) {
  const std::vector<TapReport> reports = two_reports();  // 2 lost
  Summary now = a_summary(reports);
  EXPECT_EQ(level_of({}, now), Health::Level::amber);
}

// What was found long ago about a call that is over says nothing of now.
TEST(Board, HealthIsOfNow) {
  Board board;
  std::vector<TapReport> none;
  Summary now;
  now.totals.sip_messages = now.totals.crossings_unchanged = 4;
  now.now = noon();
  board.on_call_changed(call_named("up"));
  board.on_finding(finding_of("alg-via", "up"));
  board.on_finding(finding_of("alg-contact", "gone"));
  board.on_status(now);
  EXPECT_EQ(board.status().health.findings.size(), 2U);
  now.now += std::chrono::minutes(11);
  board.on_status(now);
  EXPECT_EQ(board.status().health.findings, std::vector<std::string_view>{"alg-via"});
  board.on_call(call_named("up", CallState::ended));
  EXPECT_EQ(board.status().health.level, Health::Level::green);
}

// The ALG was switched off: that it should be is no advice any more.
TEST(Board, HealthForgetsWhatTheRouterDoesNoMore) {
  Board board;
  Summary now;
  now.totals.sip_messages = 20;
  now.totals.crossings_unchanged = now.totals.crossings_harmless = 5;
  now.now = noon() + seconds(60);
  now.rewriting = {noon(), false};
  Finding felt = finding_of("media-one-way", "up");
  felt.verdict = "because of that";
  board.on_call_changed(call_named("up"));
  board.on_finding(felt);
  board.on_finding(finding_of("alg-contact", "up"));
  board.on_finding(finding_of("alg-via", "gone"));
  board.on_status(now);
  EXPECT_EQ(board.status().health.findings.size(), 3U);
  now.rewriting.over = true;
  board.on_status(now);
  EXPECT_EQ(board.status().health.findings, std::vector<std::string_view>{"media-one-way"}) << "it lasts";
  board.on_call(call_named("up", CallState::ended));
  const Health health = board.status().health;
  EXPECT_EQ(health.level, Health::Level::green);
  EXPECT_EQ(health.remedy, "");
  EXPECT_EQ(health.sentence,
            "No trouble with calls is seen. The router rewrote SIP until 22:13 UTC, and not since: the same kinds of "
            "messages have passed it unchanged.");
  Finding later = finding_of("alg-contact", "later");
  later.time += seconds(30);
  board.on_finding(later);
  EXPECT_EQ(board.status().health.level, Health::Level::amber);
}

}  // namespace
}  // namespace vialens

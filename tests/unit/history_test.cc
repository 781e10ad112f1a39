// What is told to a history is found in it again, by everything that it can be asked for.
#include "userspace/history/history.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "tests/unit/history_fixture.h"
#include "userspace/history/schema.h"

namespace vialens {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HistoryTest : public HistoryFixture {};

TEST_F(HistoryTest, GivesBackTheObjectsOfTheJsonLines) {
  History history(options());
  history.on_finding(a_finding());
  history.on_call(a_call());
  history.on_registration(a_registration());
  history.on_summary(a_summary(two_reports()));

  const json call = json::parse(reader().calls({}).items.at(0));
  EXPECT_EQ(call["type"], "call");
  EXPECT_EQ(call["setup_ms"], 2500);
  EXPECT_EQ(call["media"][0]["ssrc"], "0000beef");
  const json finding = json::parse(reader().findings({}).items.at(0));
  EXPECT_EQ(finding["id"], "alg-contact");
  EXPECT_EQ(finding["evidence"][0]["before"], "<sip:a@192.168.1.33>");
  const json registration = json::parse(reader().registrations({}).items.at(0));
  EXPECT_EQ(registration["aor"], "sip:alice@example.com");
}

TEST_F(HistoryTest, HasAFindingBeforeOnFindingReturns) {
  History history(options());
  for (const char* const call_id : {"one", "two", "three"}) {
    history.on_finding(finding("alg-contact", call_id));
    EXPECT_EQ(findings({}).at(0), call_id);
  }
}

TEST_F(HistoryTest, WritesWhatIsNoFindingOnceASecond) {
  History history(options());
  history.on_call(call("one"));  // the first of this second
  history.on_call(call("two"));
  EXPECT_EQ(history.fill().entries, 1U);
  history.on_status(a_summary(two_reports()));
  EXPECT_EQ(history.fill().entries, 0U);
  EXPECT_THAT(calls({}), ElementsAre("two", "one"));
}

TEST_F(HistoryTest, WritesAStormOfFindingsTogether) {
  History history(options());
  std::size_t waited = 0;  // at a time: how many of them do hangs on the clock
  for (int i = 0; i < 5000; ++i) {
    history.on_finding(finding("alg-contact", std::to_string(i)));
    waited = std::max<std::size_t>(waited, history.fill().entries);
  }
  EXPECT_GT(waited, 0U);
  history.on_status(a_summary(two_reports()));
  EXPECT_EQ(history.fill().entries, 0U);
  EXPECT_THAT(findings({.limit = 10000}), SizeIs(5000));
}

TEST_F(HistoryTest, IsAskedByWhatItIsAbout) {
  {
    History history(options());
    Call failed = call("failed", "sip:+4930@example.com");
    failed.state = CallState::failed;
    failed.findings = {"media-one-way", "alg-via"};
    failed.media.clear();
    Call old = call("old", "sip:BOB@example.com");
    old.started = now() - std::chrono::hours(3);
    history.on_call(old);
    history.on_call(failed);
    history.on_finding(finding("alg-contact", "sure"));
    Finding doubtful = finding("hint-mixed-addresses", "doubtful", 0.45);
    doubtful.segment.clear();
    doubtful.evidence = {{"lan", "INVITE", 1, "", "", ""}};
    history.on_finding(doubtful);
  }
  const Time hour_ago = now() - std::chrono::hours(1);
  EXPECT_THAT(calls({}), ElementsAre("failed", "old"));
  EXPECT_THAT(calls({.since = hour_ago}), ElementsAre("failed"));
  EXPECT_THAT(calls({.until = hour_ago}), ElementsAre("old"));
  EXPECT_THAT(calls({.findings = {"media"}}), ElementsAre("failed"));
  EXPECT_THAT(calls({.findings = {"alg-via"}}), ElementsAre("failed"));
  EXPECT_THAT(calls({.findings = {"alg-v"}}), IsEmpty());
  EXPECT_THAT(calls({.findings = {"nat", "alg"}}), ElementsAre("failed", "old"));
  EXPECT_THAT(calls({.states = {"failed"}}), ElementsAre("failed"));
  EXPECT_THAT(calls({.states = {"over"}}), ElementsAre("failed", "old"));
  EXPECT_THAT(calls({.states = {"live"}}), IsEmpty());
  EXPECT_THAT(calls({.side = Side::lan}), ElementsAre("old"));
  EXPECT_THAT(calls({.side = Side::server}), IsEmpty());
  EXPECT_THAT(calls({.subscriber = "bob@EXAMPLE"}), ElementsAre("failed", "old"));  // both call him
  EXPECT_THAT(calls({.subscriber = "+4930"}), ElementsAre("failed"));
  EXPECT_THAT(calls({.call_id = "old"}), ElementsAre("old"));

  EXPECT_THAT(findings({.confidence = 0.5}), ElementsAre("sure"));
  EXPECT_THAT(findings({.severity = find_kind("alg-contact")->severity}), testing::Contains("sure"));
  EXPECT_THAT(findings({.severity = Severity::critical}), IsEmpty());
  EXPECT_THAT(findings({.findings = {"hint"}}), ElementsAre("doubtful"));
  EXPECT_THAT(findings({.side = Side::wan}), ElementsAre("sure"));
  EXPECT_THAT(findings({.call_id = "doubtful"}), ElementsAre("doubtful"));
}

TEST_F(HistoryTest, AnswersInPagesThatStayWhereTheyAre) {
  History history(options());
  for (int i = 0; i < 5; ++i) history.on_finding(finding("alg-contact", std::to_string(i)));
  Filter filter{.limit = 2};
  Page<std::string> page = reader().findings(filter);
  EXPECT_THAT(call_ids(page), ElementsAre("4", "3"));
  history.on_finding(finding("alg-contact", "new"));
  filter.before = page.next.value();
  page = reader().findings(filter);
  EXPECT_THAT(call_ids(page), ElementsAre("2", "1"));
  filter.before = page.next.value();
  page = reader().findings(filter);
  EXPECT_THAT(call_ids(page), ElementsAre("0"));
  EXPECT_FALSE(page.next);
}

TEST_F(HistoryTest, EndsAPageThatGetsLarge) {
  constexpr std::size_t kCalls = 120, kLong = 100'000;
  {
    History history(options());
    for (std::size_t i = 0; i < kCalls; ++i) {
      history.on_call(call("call-" + std::to_string(i), std::string(kLong, 'a')));
      if (i % 20 == 19) history.on_status(a_summary(two_reports()));  // written, as once a second
    }
  }
  std::size_t pages = 0;
  std::size_t calls = 0;
  for (Filter filter{.limit = 500};;) {
    const Page<std::string> page = reader().calls(filter);
    ++pages;
    calls += page.items.size();
    EXPECT_LT(page.items.size(), 50U);
    if (!page.next) break;
    filter.before = *page.next;
  }
  EXPECT_EQ(calls, kCalls);
  EXPECT_EQ(pages, 3U);
}

TEST_F(HistoryTest, GivesUpAQuestionThatTakesTooLong) {
  {
    History history(options());
    for (int i = 0; i < 3000; ++i) history.on_call(call(std::to_string(i)));
  }
  const HistoryReader hurried(path, std::chrono::milliseconds(-1));  // its time is up at once
  EXPECT_THAT(error_of<InputError>([&] { hurried.calls({.subscriber = "nobody"}); }), HasSubstr("takes longer than"));
  EXPECT_THAT(HistoryReader(path, std::chrono::minutes(1)).calls({.subscriber = "nobody"}).items, IsEmpty());
}

TEST_F(HistoryTest, KeepsARegistrationWhenItsStateChanges) {
  History history(options());
  Registration registration = a_registration();
  const auto tell = [&](RegistrationState state) {
    registration.state = state;
    history.on_registration_changed(registration);
    history.on_status(a_summary(two_reports()));
  };
  for (int i = 0; i < 3; ++i)
    for (const auto state : {RegistrationState::asked, RegistrationState::challenged, RegistrationState::registered})
      tell(state);
  tell(RegistrationState::rejected);
  tell(RegistrationState::registered);
  std::vector<std::string> states;
  for (const std::string& item : reader().registrations({}).items) states.push_back(json::parse(item)["state"]);
  EXPECT_THAT(states, ElementsAre("registered", "rejected", "registered"));
}

TEST_F(HistoryTest, TakesWhatIsNoUtf8AndNoTextAtAll) {
  using namespace std::string_literals;
  History history(options());
  history.on_finding(finding("alg-contact", "a\xff\0b'\"; DROP TABLE entries"s));
  Filter filter;
  filter.subscriber = "drop table";
  EXPECT_THAT(reader().findings({}).items, SizeIs(1));
  EXPECT_NO_THROW(reader().findings(filter));
}

TEST_F(HistoryTest, IsReadByManyWhileItIsWritten) {
  History history(options());
  std::atomic<bool> over = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!over) EXPECT_NO_THROW(reader().findings({.findings = {"alg"}, .limit = 10}));
    });
  for (int i = 0; i < 300; ++i) {
    history.on_finding(finding("alg-contact", std::to_string(i)));
    if (i % 60 == 0) history.on_status(a_summary(two_reports()));
  }
  over = true;
  for (std::thread& one : readers) one.join();
  history.on_status(a_summary(two_reports()));
  EXPECT_THAT(findings({.limit = 1000}), SizeIs(300));
  EXPECT_EQ(log.str(), "");
}

TEST_F(HistoryTest, MigratesAFileOfTheFirstVersion) {
  {
    Database first(path, Database::Mode::read_write, 0);
    migrate(first, 1);
    first.execute(
        R"(INSERT INTO entries (type, time, call_id, aor, caller, callee, state, findings, severity, sides, json)
      VALUES (2, 4000000000000000, 'old', '', '', '', '', ' alg-via ', 1, 2, '{"call_id":"old","confidence":0.97}'))");
  }
  EXPECT_THAT(error_of<InputError>([&] { reader().findings({}); }), HasSubstr("an earlier vialens wrote it"));
  History history(options());
  history.on_finding(finding("hint-mixed-addresses", "new", 0.45));
  EXPECT_THAT(findings({}), ElementsAre("new", "old"));
  EXPECT_THAT(findings({.confidence = 0.95}), ElementsAre("old"));
  EXPECT_EQ(Database(path, Database::Mode::read_only, 0).integer("PRAGMA user_version"), kHistoryVersion);
}

// What few rows meet is not looked for among the objects, which are nine tenths of the file.
TEST_F(HistoryTest, LooksForFewAmongManyInAnIndex) {
  {
    Database second(path, Database::Mode::read_write, 0);
    migrate(second, 2);
  }
  History history(options());
  history.on_finding(finding("alg-via", "a"));
  const Database database(path, Database::Mode::read_only, 0);
  const auto plan_of = [&](const std::string& condition) {
    Statement statement(database,
                        "EXPLAIN QUERY PLAN SELECT id, json FROM entries WHERE 1 AND (type = ?) AND (id < ?) "
                        "AND (" +
                            condition + ") ORDER BY id DESC LIMIT ?");
    std::string plan;
    while (statement.step()) plan += std::string(statement.text(3)) + '\n';
    return plan;
  };
  for (const std::string condition :
       {"instr(findings, ' ' || ? || ' ')", "time >= ?", "severity = ?", "confidence >= ?", "state = ?", "sides & ?",
        "instr(lower(caller) || ' ' || lower(callee), lower(?))", "instr(lower(aor) || ' ' || lower(call_id), ?)"})
    EXPECT_EQ(plan_of(condition), "SEARCH entries USING INDEX entries_asked (type=? AND id<?)\n") << condition;
  EXPECT_EQ(plan_of("call_id = ?"), "SEARCH entries USING INDEX entries_call (call_id=? AND rowid<?)\n");
}

TEST_F(HistoryTest, SaysWhatCannotBeRead) {
  EXPECT_THAT(error_of<InputError>([&] { reader().calls({}); }),
              HasSubstr("there is none; `vialens run --history FILE`"));
  std::ofstream(path) << "this is no database, and long enough to be looked at as one: " << std::string(4096, 'x');
  EXPECT_THAT(error_of<InputError>([&] { reader().calls({}); }), HasSubstr("it is corrupt"));
}

}  // namespace
}  // namespace vialens

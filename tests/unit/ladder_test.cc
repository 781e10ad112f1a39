// A call as rows: what belongs together, which way it went, what was sent again, and which row proves what.
#include "userspace/evidence/ladder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/sip_text.h"
#include "userspace/evidence/call_log.h"
#include "userspace/evidence/ladder_json.h"
#include "userspace/evidence/ladder_text.h"

namespace vialens {
namespace {

using namespace test;

class LadderTest : public testing::Test {
 protected:
  void SetUp() override {
    // Rewritten on its way out, and sent again.
    story.out(1, invite(), outside(invite())).out(1.5, invite(), outside(invite()));
    story.in(1.6, reply(outside(invite()), 100), reply(invite(), 100));
    story.in(2, outside(ok(invite())), ok(invite()));
    // The router swallows the ACK, and what the provider repeats for want of it.
    story.swallowed_out(2.1, request("ACK", {.to_tag = "314159", .branch = "z9hG4bKack"}));
    story.swallowed_in(2.5, outside(ok(invite())));
  }
  const Ladder& tell() {
    play_to(log, story, taps());
    record = log.find(InDialog{}.call_id);
    ladder = ladder_of(*record);
    return ladder;
  }
  std::string text(std::size_t width = 100, bool colour = false) {
    return ladder_text(*record, ladder, log.box_findings(), {width, colour});
  }

  Story story;
  CallLog log;
  std::shared_ptr<const CallRecord> record;
  Ladder ladder;
};

TEST_F(LadderTest, HasARowForEachMessage) {
  tell();
  ASSERT_EQ(ladder.rows.size(), 6U);
  const auto is = [&](std::size_t i, std::string_view summary, Direction direction, bool lan, bool wan) {
    const LadderRow& row = ladder.rows[i];
    EXPECT_EQ(row.number, i + 1);
    EXPECT_EQ(row.summary, summary);
    EXPECT_EQ(row.direction, direction) << summary;
    EXPECT_EQ(row.lan != nullptr, lan) << summary;
    EXPECT_EQ(row.wan != nullptr, wan) << summary;
  };
  is(0, "INVITE sdp", Direction::out, true, true);
  is(1, "INVITE sdp", Direction::out, true, true);
  is(2, "100 Whatever (INVITE)", Direction::in, true, true);
  is(3, "200 OK (INVITE)", Direction::in, true, true);
  is(4, "ACK", Direction::out, true, false);
  is(5, "200 OK (INVITE)", Direction::in, false, true);
  EXPECT_EQ(ladder.rows[0].transit, std::chrono::milliseconds(1));
  EXPECT_EQ(ladder.rows[0].grade, Grade::harmless);
  EXPECT_FALSE(ladder.rows[4].grade.has_value());
  EXPECT_EQ(ladder.rows[1].repeat_of, 1U);
  EXPECT_EQ(ladder.rows[5].repeat_of, 4U);
  EXPECT_FALSE(ladder.rows[0].repeat_of.has_value());
}

TEST_F(LadderTest, NamesTheChangesAndTheFindingsOfARow) {
  tell();
  const LadderRow& row = ladder.rows[0];
  const auto contact = std::find_if(row.changes.begin(), row.changes.end(),
                                    [](const LoggedChange& change) { return change.where == "Contact"; });
  ASSERT_NE(contact, row.changes.end());
  EXPECT_EQ(contact->before, "<sip:alice@192.168.1.33:5060>");
  EXPECT_EQ(contact->after, "<sip:alice@203.0.113.5:5060>");
  const auto cites = [&](const LadderRow& in, std::string_view id) {
    return std::any_of(in.findings.begin(), in.findings.end(),
                       [&](std::size_t i) { return ladder.findings[i].kind->id == id; });
  };
  EXPECT_TRUE(cites(row, "alg-contact"));
  EXPECT_TRUE(cites(row, "alg-sdp-address"));
  EXPECT_TRUE(cites(ladder.rows[1], "note-retransmission"));
  EXPECT_FALSE(cites(ladder.rows[2], "alg-contact"));
}

TEST_F(LadderTest, IsTheSameInJson) {
  tell();
  const Json json = to_json(ladder);
  EXPECT_EQ(json["type"], "ladder");
  EXPECT_EQ(json["call_id"], InDialog{}.call_id);
  EXPECT_EQ(json["columns"], (Json{"phone", "lan", "wan", "provider"}));
  ASSERT_EQ(json["rows"].size(), 6U);
  const Json& row = json["rows"][0];
  EXPECT_EQ(row["direction"], "out");
  EXPECT_EQ(row["method"], "INVITE");
  EXPECT_TRUE(row["status"].is_null());
  EXPECT_EQ(row["transit_ms"], 1.0);
  EXPECT_EQ(row["grade"], "harmless");
  EXPECT_EQ(row["lan"]["tap"], "lan");
  EXPECT_EQ(row["lan"]["src"], kPhone);
  EXPECT_EQ(row["lan"]["text"], std::string(invite()));
  EXPECT_EQ(row["wan"]["src"], kRouter);
  EXPECT_TRUE(std::any_of(row["changes"].begin(), row["changes"].end(), [](const Json& change) {
    return change["field"] == "sdp_connection" && change["where"] == "SDP c=" &&
           change["before"] == "IN IP4 192.168.1.33";
  }));
  EXPECT_TRUE(json["rows"][4]["wan"].is_null());
  EXPECT_TRUE(json["rows"][4]["transit_ms"].is_null());
  EXPECT_EQ(json["rows"][3]["status"], 200);
  EXPECT_EQ(json["rows"][5]["repeat_of"], 4);
  EXPECT_TRUE(json["dropped_after"].is_null());
  EXPECT_EQ(json["findings"].size(), ladder.findings.size());
}

TEST_F(LadderTest, IsReadableInEightyColumns) {
  tell();
  for (const std::size_t width : {80U, 120U, 200U}) {
    const std::string all = text(width);
    for (std::size_t at = 0, end = 0; at < all.size(); at = end + 1) {
      end = std::min(all.find('\n', at), all.size());
      EXPECT_LE(end - at, width) << all.substr(at, end - at);
    }
  }
  const std::string all = text(80);
  for (const std::string_view part :
       {"Call a84b4c76e66710@192.168.1.33\n", "phone", "router", "provider", "- INVITE sdp -", "- 1.0 ms -",
        "not seen on the WAN", "not seen on the LAN", "again, 1", "harmless",
        "Contact:\n                      <sip:alice@192.168.1.33:5060>\n", "-> <sip:alice@203.0.113.5:5060>",
        "Findings\n", "alg-contact (", "What to do: "})
    EXPECT_NE(all.find(part), all.npos) << part << "\n" << all;
  EXPECT_EQ(all.find('\x1b'), all.npos);
  EXPECT_NE(text(80, true).find("\x1b[31m<sip:alice@192.168.1.33:5060>\x1b[0m"), all.npos);
}

TEST_F(LadderTest, ShowsOfLongValuesWhereTheyDiffer) {
  const auto bye = [](const std::string& mark) {
    return request("BYE", {.branch = "z9hG4bKbye"})
        .set("Contact", "<sip:alice@192.168.1.33:5060;transport=udp;" + std::string(90, 'x') + mark + ">");
  };
  story.out(3, bye(";ob"), bye(";ob=3"));
  tell();
  const std::string all = text(100);
  EXPECT_NE(all.find("x;ob>\n"), all.npos) << all;
  EXPECT_NE(all.find("x;ob=3>\n"), all.npos) << all;
}

TEST_F(LadderTest, AChallengeThatIsMetIsNoRefusal) {
  const auto asked = [](int cseq) {
    return invite({.call_id = "asked", .branch = "z9hG4bKasked" + std::to_string(cseq), .cseq = cseq});
  };
  Story calling;
  const auto refused = [&](double time, int cseq, int status) {
    calling.out(time, asked(cseq)).in(time + 0.1, reply(asked(cseq), status));
  };
  refused(1, 1, 407);
  refused(2, 2, 401);
  const auto refusals = [&] {
    CallLog calls;
    play_to(calls, calling, taps());
    std::vector<int> statuses;
    for (const LadderRow& row : ladder_of(*calls.find("asked")).rows)
      if (row.refusal) statuses.push_back(row.status);
    return statuses;
  };
  EXPECT_EQ(refusals(), (std::vector<int>{407, 401})) << "nobody met them yet";
  refused(3, 3, 486);
  EXPECT_EQ(refusals(), std::vector<int>{486});
}

TEST_F(LadderTest, DoesNotLetAPacketTalkToTheTerminal) {
  story.out(3, Text(options()).set("Call-ID", InDialog{}.call_id).start_line("OPTIONS\x1b[2J sip:a SIP/2.0"));
  story.out(4, request("BYE", {.branch = "z9hG4bKx"}).set("Contact", "<sip:\x1b]0;evil\x07@192.168.1.33>"),
            request("BYE", {.branch = "z9hG4bKx"}).set("Contact", "<sip:\x9b@192.168.1.33>"));
  tell();
  const std::string all = text();
  EXPECT_TRUE(
      std::none_of(all.begin(), all.end(), [](unsigned char c) { return (c < 0x20 && c != '\n') || c >= 0x7f; }));
}

TEST_F(LadderTest, SaysWhatWasNotKept) {
  CallLog small({.messages_per_call = 4, .first_kept = 2});
  play_to(small, story, taps());
  record = small.find(InDialog{}.call_id);
  ladder = ladder_of(*record);
  EXPECT_EQ(ladder.dropped, 6U);
  EXPECT_EQ(ladder.dropped_after, 1U);
  EXPECT_NE(text().find("... 6 messages were not kept ..."), std::string::npos);
  EXPECT_EQ(to_json(ladder)["dropped_after"], 1);
}

TEST_F(LadderTest, OfOneSideTellsNoDirectionThatItDoesNotKnow) {
  Story one;
  one.wan(1, kRouter, kServer, outside(invite())).wan(2, kServer, kRouter, reply(outside(invite()), 486));
  play_to(log, one, taps());
  record = log.list().empty() ? nullptr : log.find(log.list()[0].call_id);
  ASSERT_NE(record, nullptr);
  ladder = ladder_of(*record);
  ASSERT_EQ(ladder.rows.size(), 2U);
  EXPECT_EQ(ladder.rows[0].direction, Direction::unknown);
  EXPECT_TRUE(to_json(ladder)["rows"][0]["direction"].is_null());
  EXPECT_NE(text().find("- INVITE sdp -"), std::string::npos);
  EXPECT_EQ(text().find("not seen"), std::string::npos);
}

}  // namespace
}  // namespace vialens

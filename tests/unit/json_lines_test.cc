#include "userspace/sink/json_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/sink_fixture.h"

namespace vialens {
namespace {

using namespace test;
using nlohmann::json;
using Keys = std::set<std::string>;

class JsonLinesTest : public testing::Test {
 protected:
  // The only line, which is one object.
  json line() {
    const std::string text = output.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_TRUE(text.ends_with('\n'));
    return json::parse(text);
  }
  static Keys keys(const json& object) {
    Keys keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
  }

  Output output;
  JsonLines sink{output.stream()};
};

TEST_F(JsonLinesTest, TellsAFinding) {
  sink.on_finding(a_finding());
  const json object = line();
  EXPECT_EQ(keys(object),
            Keys({"type", "id", "confidence", "severity", "time", "subject", "call_id", "aor", "segment", "direction",
                  "grade", "title", "detail", "evidence", "verdict", "causes", "remedy", "rfc"}));
  EXPECT_EQ(object["type"], "finding");
  EXPECT_EQ(object["id"], "alg-contact");
  EXPECT_EQ(object["confidence"], 0.99);
  EXPECT_EQ(object["severity"], "warning");
  EXPECT_EQ(object["time"], "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(object["subject"], "call");
  EXPECT_EQ(object["call_id"], "a84b4c76e66710@192.168.1.33");
  EXPECT_TRUE(object["aor"].is_null());
  EXPECT_EQ(object["segment"], "lan-wan");
  EXPECT_EQ(object["direction"], "out");
  EXPECT_EQ(object["causes"], json::array({"alg-contact"}));
  EXPECT_EQ(object["rfc"], json::array({"3261 8.1.1.8"}));
  ASSERT_EQ(object["evidence"].size(), 1U);
  const json& evidence = object["evidence"][0];
  EXPECT_EQ(keys(evidence), Keys({"tap", "message", "cseq", "field", "before", "after"}));
  EXPECT_EQ(evidence["cseq"], 1);
  EXPECT_EQ(evidence["before"], "<sip:a@192.168.1.33>");
  EXPECT_EQ(evidence["after"], "<sip:a@203.0.113.5>");
}

TEST_F(JsonLinesTest, SaysNullForWhatThereIsNot) {
  Finding finding = a_finding();
  finding.subject = {};
  finding.segment = finding.direction = "";
  finding.evidence = {{"lan", "INVITE", 1, "", "INVITE sip:b SIP/2.0", ""}};
  sink.on_finding(finding);
  const json object = line();
  EXPECT_EQ(object["subject"], "box");
  for (const std::string key : {"call_id", "aor", "segment", "direction"}) EXPECT_TRUE(object[key].is_null()) << key;
  EXPECT_TRUE(object["evidence"][0]["field"].is_null());
  EXPECT_TRUE(object["evidence"][0]["after"].is_null());
}

TEST_F(JsonLinesTest, ListsEachRfc) {
  Finding finding = a_finding();
  finding.kind = find_kind("alg-from-to");
  sink.on_finding(finding);
  EXPECT_EQ(line()["rfc"], json::array({"3261 8.1.1.2", "3261 8.1.1.3", "3261 8.2.6.2"}));
}

TEST_F(JsonLinesTest, TellsACall) {
  sink.on_call(a_call());
  const json object = line();
  EXPECT_EQ(keys(object), Keys({"type", "call_id", "state", "from", "to", "started", "answered", "ended", "end_reason",
                                "setup_ms", "media", "findings"}));
  EXPECT_EQ(object["type"], "call");
  EXPECT_EQ(object["state"], "ended");
  EXPECT_EQ(object["setup_ms"], 2500);
  EXPECT_EQ(object["ended"], "2023-11-14T22:14:22.123456Z");
  EXPECT_EQ(object["findings"], json::array({"alg-contact"}));
  ASSERT_EQ(object["media"].size(), 1U);
  const json& stream = object["media"][0];
  EXPECT_EQ(keys(stream), Keys({"tap", "direction", "src", "dst", "ssrc", "codec", "packets", "lost", "duplicates",
                                "reordered", "jitter_ms", "max_gap_ms", "mos"}));
  EXPECT_EQ(stream["tap"], "lan");
  EXPECT_EQ(stream["direction"], "in");
  EXPECT_EQ(stream["codec"], "PCMU");
  EXPECT_EQ(stream["lost"], 50);
  EXPECT_EQ(stream["ssrc"], "0000beef");
  EXPECT_TRUE(stream["jitter_ms"].is_null());
  EXPECT_EQ(stream["max_gap_ms"], 40);
  EXPECT_NEAR(stream["mos"].get<double>(), 3.9, 0.1);
}

TEST_F(JsonLinesTest, TellsACallThatWasNeverAnswered) {
  Call call = a_call();
  call.answered.reset();
  call.ended.reset();
  call.end_reason.clear();
  call.findings.clear();
  sink.on_call(call);
  const json object = line();
  for (const std::string key : {"answered", "ended", "end_reason", "setup_ms"})
    EXPECT_TRUE(object[key].is_null()) << key;
  EXPECT_EQ(object["findings"], json::array());
}

TEST_F(JsonLinesTest, TellsARegistration) {
  sink.on_registration(a_registration());
  const json object = line();
  EXPECT_EQ(keys(object),
            Keys({"type", "aor", "state", "contact", "call_id", "started", "last_seen", "reason", "findings"}));
  EXPECT_EQ(object["type"], "registration");
  EXPECT_EQ(object["state"], "registered");
}

TEST_F(JsonLinesTest, SumsUp) {
  const auto reports = two_reports();
  sink.on_summary(a_summary(reports));
  const json object = line();
  EXPECT_EQ(keys(object), Keys({"type",        "packets",   "lost",          "sip_messages",   "sip_odd",
                                "sip_broken",  "unparsed",  "fragments",     "fragments_lost", "tcp_segments",
                                "tcp_gaps",    "crossings", "kernel_match",  "rtp_packets",    "rtcp_packets",
                                "rtp_streams", "calls",     "registrations", "evictions",      "findings",
                                "alg",         "taps",      "seconds"}));
  EXPECT_EQ(object["evictions"], json({{"calls", 0}, {"flows", 7}}));
  EXPECT_EQ(object["packets"], 14 + 53);
  EXPECT_EQ(object["rtp_packets"], 50);
  EXPECT_EQ(object["rtcp_packets"], 3);
  EXPECT_EQ(object["rtp_streams"], 2);
  EXPECT_EQ(object["lost"], 2);
  EXPECT_EQ(object["seconds"], 62.123457);
  EXPECT_EQ(object["findings"], json({{"alg-contact", 2}, {"note-hold", 1}, {"hint-mixed-addresses", 1}}));
  ASSERT_EQ(object["alg"].size(), 1U);
  EXPECT_EQ(keys(object["alg"][0]), Keys({"kind", "title", "confidence", "evidence", "remedy"}));
  EXPECT_EQ(
      object["crossings"],
      json({{"unchanged", 1}, {"rewritten", 2}, {"harmless", 2}, {"incomplete", 0}, {"broken", 0}, {"unmatched", 1}}));
  ASSERT_EQ(object["taps"].size(), 2U);
  EXPECT_EQ(keys(object["taps"][0]),
            Keys({"tap", "interface", "side", "direction", "hook", "packets", "lost", "outcomes", "private_via",
                  "private_contact", "private_sdp", "flows_failed"}));
  EXPECT_EQ(object["taps"][0]["outcomes"], json({{"sip", 7}, {"lost-ring", 2}, {"rtp", 50}, {"rtcp", 3}}));
  EXPECT_EQ(object["taps"][0]["flows_failed"], 4);
  EXPECT_EQ(object["taps"][1]["direction"], "unknown");
  EXPECT_EQ(object["taps"][1]["private_contact"], 3);
}

TEST_F(JsonLinesTest, SumsUpNothing) {
  sink.on_summary({});
  const json object = line();
  EXPECT_EQ(object["findings"], json::object());
  EXPECT_EQ(object["evictions"], json::object());
  EXPECT_EQ(object["taps"], json::array());
}

TEST_F(JsonLinesTest, BearsTextThatIsNoUtf8) {
  const std::string rubbish("\xff\xc0\x80\0\x1b\"\\\n\xe2\x82", 10);
  Finding finding = a_finding();
  finding.subject.call_id = finding.detail = rubbish;
  finding.evidence[0].before = finding.evidence[0].after = finding.evidence[0].tap = rubbish;
  sink.on_finding(finding);
  const json object = line();
  EXPECT_NE(object["evidence"][0]["before"].get<std::string>().find("\xef\xbf\xbd"), std::string::npos);
}

// A terminal may take them for commands, as U+009B for the beginning of one; JSON does not mind them.
TEST_F(JsonLinesTest, EscapesWhatATerminalMayObey) {
  Finding finding = a_finding();
  finding.detail = "\x1b[2J \x7f \xc2\x80\xc2\x9b\xc2\x9f \xc2\xa0\xc3\x9b";
  sink.on_finding(finding);
  EXPECT_EQ(line()["detail"], finding.detail);
  EXPECT_NE(output.text().find("\"\\u001b[2J \\u007f \\u0080\\u009b\\u009f \xc2\xa0\xc3\x9b\""), std::string::npos)
      << output.text();
}

TEST_F(JsonLinesTest, BearsCallsAndRegistrationsThatAreNoUtf8) {
  const std::string rubbish("\xff\0\x80", 3);
  Call call = a_call();
  call.call_id = call.from = call.to = call.end_reason = rubbish;
  sink.on_call(call);
  Registration registration = a_registration();
  registration.aor = registration.contact = registration.call_id = registration.reason = rubbish;
  sink.on_registration(registration);
  const std::string text = output.text();
  const std::size_t end = text.find('\n');
  EXPECT_EQ(json::parse(text.substr(0, end))["type"], "call");
  EXPECT_EQ(json::parse(text.substr(end + 1))["type"], "registration");
}

}  // namespace
}  // namespace vialens

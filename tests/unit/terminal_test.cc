#include "userspace/sink/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/sink_fixture.h"

namespace vialens {
namespace {

using namespace test;
using testing::Test;

class TerminalTest : public Test {
 protected:
  void tell_everything(Terminal& to) {
    to.on_finding(a_finding());
    to.on_call(a_call());
    to.on_registration(a_registration());
    to.on_summary(a_summary(reports));
  }
  bool shows(std::string_view text) { return output.text().find(text) != std::string::npos; }
  static std::string without_colour(std::string text) {
    for (std::size_t at = text.find('\x1b'); at != text.npos; at = text.find('\x1b'))
      text.erase(at, text.find('m', at) - at + 1);
    return text;
  }

  std::vector<TapReport> reports = two_reports();
  Output output;
  Terminal terminal{output.stream(), false};
};

TEST_F(TerminalTest, SaysWhatItFound) {
  tell_everything(terminal);
  EXPECT_TRUE(shows("22:13:20.123 call a84b4c76e66710@192.168.1.33\n  INVITE (CSeq 1) on its way out\n"));
  EXPECT_TRUE(shows("warning  alg-contact            Contact        <sip:a@192.168.1.33>\n"));
  EXPECT_TRUE(shows("-> <sip:a@203.0.113.5>\n"));
  EXPECT_TRUE(shows("sip:alice@example.com"));
  EXPECT_TRUE(shows("2.5 s"));
  EXPECT_TRUE(shows("59.5 s"));
  EXPECT_TRUE(shows("registered"));
  EXPECT_TRUE(shows("7 sip, 2 lost-ring, 50 rtp, 3 rtcp"));
  EXPECT_TRUE(shows("2 RTP streams"));
  EXPECT_TRUE(shows("2 packets were missed"));
  EXPECT_TRUE(shows("This router changes SIP: alg-contact (2)\n"));  // the hint is no alarm
  EXPECT_TRUE(
      shows("2 of 3 messages that were seen on both sides were rewritten: 2 harmless, 0 incomplete, 0 broken."));
  EXPECT_TRUE(shows("It looks like the SIP helper of Linux (strong): a port appended in From\n"));
  EXPECT_TRUE(shows("Also seen, and innocent: note-hold (1)\n"));
  EXPECT_TRUE(shows("Switch off the SIP ALG"));
}

TEST_F(TerminalTest, UsesNoColourUnlessAskedTo) {
  tell_everything(terminal);
  EXPECT_EQ(output.text().find('\x1b'), std::string::npos);
}

TEST_F(TerminalTest, SaysTheSameInColour) {
  tell_everything(terminal);
  Output coloured;
  Terminal other(coloured.stream(), true);
  tell_everything(other);
  EXPECT_NE(coloured.text().find("\x1b[33m"), std::string::npos);
  EXPECT_EQ(without_colour(coloured.text()), output.text());
}

// Who reads a pipe waits for no buffer to be full.
TEST_F(TerminalTest, TellsAFindingAtOnce) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  std::FILE* const to = fdopen(ends[1], "w");
  Terminal piped(to, false);
  piped.on_finding(a_finding());
  char some[16];
  EXPECT_GT(read(ends[0], some, sizeof some), 0);
  std::fclose(to);
  close(ends[0]);
}

TEST_F(TerminalTest, PutsFindingsOfOneMessageUnderOneHeading) {
  terminal.on_finding(a_finding());
  Finding second = a_finding();
  second.kind = find_kind("alg-via");
  terminal.on_finding(second);
  const std::string text = output.text();
  EXPECT_EQ(text.find("INVITE (CSeq 1)"), text.rfind("INVITE (CSeq 1)"));
  Finding third = a_finding();
  third.kind = find_kind("alg-from-to");
  third.evidence[0].cseq = 2;
  terminal.on_finding(third);
  EXPECT_TRUE(shows("INVITE (CSeq 2)"));
}

TEST_F(TerminalTest, SaysHowSureItIsUnlessItIsProven) {
  Finding finding = a_finding();
  terminal.on_finding(finding);
  EXPECT_FALSE(shows("proven"));
  finding.subject.call_id = "another";
  finding.confidence = 0.6;
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("<sip:a@192.168.1.33>, likely\n"));
}

TEST_F(TerminalTest, SaysOfWhatItToldBeforeWhatIsNew) {
  Finding finding = a_finding();
  finding.kind = find_kind("call-ack-lost");
  finding.confidence = 0.85;
  finding.detail = "The 200 OK was sent 4 times.";
  finding.evidence = {{"wan", "200 INVITE", 1, "", "", ""}};
  terminal.on_finding(finding);
  EXPECT_TRUE(
      shows("call-ack-lost          200 OK is being repeated, no ACK answers it, strong: The 200 OK was sent 4"));
  const std::string first = output.text();
  finding.confidence = 0.9;
  finding.detail = "The 200 OK was sent 5 times.";
  terminal.on_finding(finding);
  EXPECT_EQ(output.text(), first);
  finding.confidence = 0.97;
  terminal.on_finding(finding);
  EXPECT_EQ(output.text(), first + "    critical call-ack-lost          as told before, now proven\n");
  finding.verdict = "The router swallowed the confirmation.";
  terminal.on_finding(finding);
  EXPECT_TRUE(
      shows("as told before, now explained\n" + std::string(36, ' ') + "The router swallowed the confirmation.\n"));
  finding.detail = "The ACK went elsewhere.";
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("no ACK answers it: The ACK went elsewhere.\n"));
}

TEST_F(TerminalTest, FitsSentencesIntoItsWidth) {
  Terminal narrow(output.stream(), false, 80);
  Finding finding = a_finding();
  finding.evidence = {{"wan", "INVITE", 1, "", "", ""}};
  finding.detail = "One sentence that is longer than what is left of eighty columns behind the name.";
  finding.verdict = "A verdict, to be read aloud, that is longer than what is left of eighty columns.";
  narrow.on_finding(finding);
  const std::string text = output.text();
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\n', at) - at, 80u) << text.substr(at);
  EXPECT_TRUE(shows("\n" + std::string(36, ' ') + "A verdict, to be read aloud, that is longer\n"));
}

TEST_F(TerminalTest, SaysWhatHappenedWhereNoFieldDiffers) {
  Finding finding = a_finding();
  finding.kind = find_kind("alg-dropped");
  finding.confidence = 0.9;
  finding.evidence = {{"lan", "INVITE", 1, "", "INVITE sip:b SIP/2.0", ""}};
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("critical alg-dropped            message swallowed by the router, strong: " + finding.detail));
}

TEST_F(TerminalTest, SaysWhereAMessageWasSeenIfOneSideIsInSight) {
  Finding finding = a_finding();
  finding.direction.clear();
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("  INVITE (CSeq 1) at wan\n"));
  finding.subject.call_id = "another";
  finding.evidence.front().message = "RTP";
  finding.evidence.front().cseq = 0;
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("  RTP at wan\n"));
}

TEST_F(TerminalTest, ShowsWhatWasChangedAndWhatWasLeft) {
  Finding finding = a_finding();
  finding.kind = find_kind("alg-partial");
  finding.evidence.push_back({"wan", "INVITE", 1, "SDP c=", "IN IP4 192.168.1.33", "IN IP4 192.168.1.33"});
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("Contact of INVITE: <sip:a@192.168.1.33> -> <sip:a@203.0.113.5>\n"));
  EXPECT_TRUE(shows("SDP c= of INVITE: IN IP4 192.168.1.33 (left as it was)\n"));
}

TEST_F(TerminalTest, SaysWhoIsAtFaultIfItIsNoAlg) {
  Summary summary;
  summary.totals.sip_messages = summary.totals.crossings_unchanged = 3;
  summary.findings["nat-timeout"] = {1, 0.9};
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("The NAT: nat-timeout (1)"));
  EXPECT_TRUE(shows("keep-alives"));
  summary.findings = {{"hint-nat-trace", {1, 0.97}}};
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("Signs that something on the way changes SIP: hint-nat-trace (1)"));
}

TEST_F(TerminalTest, TellsWhatTheRouterDoesFromWhatIsFelt) {
  Summary summary;
  summary.totals.sip_messages = summary.totals.crossings_unchanged = 3;
  summary.findings = {{"alg-dropped", {1, 0.9}}, {"call-ack-lost", {1, 0.9}}, {"media-none", {2, 0.9}}};
  terminal.on_summary(summary);
  EXPECT_TRUE(
      shows("This router changes SIP: alg-dropped (1)\nCalls and phones in trouble: call-ack-lost (1), media-none (2)\n"
            "What to do: Switch off"));
}

// Whoever can send a packet can choose what stands in it.
TEST_F(TerminalTest, MakesControlCharactersVisible) {
  const std::string evil(
      "\x1b]0;pwned\x07\r\n\x9b"
      "2J \xc2\x9b"
      "2J\x7f \xe2\x80\xae"
      "cba\0",
      30);
  Finding finding = a_finding();
  finding.subject.call_id = finding.detail = finding.evidence[0].before = finding.evidence[0].after = evil;
  terminal.on_finding(finding);
  finding.subject.call_id += '2';
  finding.evidence[0].after.clear();
  terminal.on_finding(finding);
  Call call = a_call();
  call.from = call.to = call.end_reason = evil;
  call.state = CallState::failed;
  terminal.on_call(call);
  Registration registration = a_registration();
  registration.aor = registration.reason = evil;
  terminal.on_registration(registration);
  reports[0].tap.name = reports[0].tap.interface = evil;
  terminal.on_summary(a_summary(reports));

  const std::string text = output.text();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte < 0x7f)) << static_cast<int>(byte);
  }
  EXPECT_TRUE(shows("\\x1b]0;pwned\\x07\\x0d\\x0a\\x9b2J \\xc2\\x9b2J\\x7f \\xe2\\x80\\xaecba\\x00"));
}

TEST_F(TerminalTest, LeavesLettersOfAllLanguagesAlone) {
  Finding finding = a_finding();
  const std::string names = "J\xc3\xbcrgen \xe5\xb1\xb1\xe7\x94\xb0 \xf0\x9f\x93\x9e";
  finding.detail = names;
  finding.evidence.clear();
  terminal.on_finding(finding);
  EXPECT_TRUE(shows(names));
}

TEST_F(TerminalTest, ShowsBytesThatAreNoUtf8AsNumbers) {
  Finding finding = a_finding();
  finding.detail = "\xff|\xc3|\xc0\xaf|\xe0\x80\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe5\xb1";
  finding.evidence.clear();
  terminal.on_finding(finding);
  EXPECT_TRUE(shows("\\xff|\\xc3|\\xc0\\xaf|\\xe0\\x80\\xaf|\\xed\\xa0\\x80|\\xf4\\x90\\x80\\x80|\\xe5\\xb1"));
}

TEST_F(TerminalTest, ShortensBetweenCharacters) {
  Call call = a_call();
  for (std::size_t length = 20; length < 30; ++length) {
    call.from = std::string(length, 'x') + "\xe5\xb1\xb1\xe7\x94\xb0\xe5\xb1\xb1";
    terminal.on_call(call);
  }
  terminal.on_summary({});
  EXPECT_TRUE(shows("..."));
  EXPECT_FALSE(shows("\xe5..."));
  EXPECT_FALSE(shows("\xe5\xb1..."));
}

TEST_F(TerminalTest, ListsCallsInTheOrderOfTheirBeginnings) {
  Call late = a_call(), early = a_call();
  late.from = "sip:late@example.com";
  late.started += std::chrono::seconds(5);
  early.from = "sip:early@example.com";
  terminal.on_call(late);
  terminal.on_call(early);
  terminal.on_summary({});
  EXPECT_LT(output.text().find("sip:early"), output.text().find("sip:late"));
}

TEST_F(TerminalTest, KeepsTheNewestRowsOnly) {
  for (int i = 0; i < 1500; ++i) {
    Call call = a_call();
    call.from = "sip:" + std::to_string(i) + "@h";
    terminal.on_call(call);
    terminal.on_registration(a_registration());
  }
  terminal.on_summary({});
  EXPECT_FALSE(shows("sip:499@h"));
  EXPECT_TRUE(shows("sip:500@h"));
  EXPECT_TRUE(shows("sip:1499@h"));
}

TEST_F(TerminalTest, SaysWhatCanBeSaidWithoutFindings) {
  Summary summary;
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("No SIP message was seen"));
  summary.totals.sip_messages = 3;
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("shows only with both of its sides in sight"));
  summary.taps = reports;
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("Nothing found. No message was seen on both sides: there was nothing to compare.\n"));
  summary.totals.crossings_unchanged = 3;
  terminal.on_summary(summary);
  EXPECT_TRUE(shows("No SIP ALG seen at work: all 3 messages"));
}

}  // namespace
}  // namespace vialens

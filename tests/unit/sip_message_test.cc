#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

#include "userspace/sip/message.h"
#include "userspace/sip/sdp.h"

namespace vialens::sip {
namespace {

constexpr std::string_view kInvite =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"Alice\" <sip:alice@example.com>;tag=1\r\n"
    "To: <sip:bob@example.com>\r\n"
    "Call-ID: a1@192.0.2.1\r\n"
    "CSeq: 7 INVITE\r\n"
    "Contact: <sip:alice@192.0.2.1:5060>\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "body";

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result(text);
  const std::size_t at = result.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return result.replace(at, what.size(), by);
}

// One request with the given line in place of the start line or added as the first header.
std::string with_start_line(std::string_view line) {
  return replaced(kInvite, "INVITE sip:bob@example.com SIP/2.0", line);
}
std::string with_header(std::string_view header) {
  return replaced(kInvite, "Max-Forwards", std::string(header) + "\r\nMax-Forwards");
}

// The only flaw that a text has, or count_ for none and for several.
Flaw only_flaw(std::string_view text, bool stream = false) {
  Message message;
  Message::parse(text, message, stream);
  Flaw found = Flaw::count_;
  for (unsigned i = 0; i < static_cast<unsigned>(Flaw::count_); ++i) {
    const auto flaw = static_cast<Flaw>(i);
    if (!message.flaws().has(flaw)) continue;
    if (found != Flaw::count_) return Flaw::count_;
    found = flaw;
  }
  return found;
}

Grade grade_of(std::string_view text, bool stream = false) {
  Message message;
  return Message::parse(text, message, stream);
}

TEST(Message, ReadsARequest) {
  Message message;
  ASSERT_EQ(Message::parse(kInvite, message), Grade::valid);
  EXPECT_TRUE(message.is_request());
  EXPECT_EQ(message.start_line(), "INVITE sip:bob@example.com SIP/2.0");
  EXPECT_EQ(message.method(), "INVITE");
  EXPECT_EQ(message.request_uri(), "sip:bob@example.com");
  EXPECT_EQ(message.status(), 0);
  EXPECT_EQ(message.cseq(), 7U);
  EXPECT_EQ(message.call_id(), "a1@192.0.2.1");
  EXPECT_EQ(message.headers().size(), 8U);
  EXPECT_EQ(message.headers()[1].name, "Max-Forwards");
  EXPECT_EQ(message.headers()[1].value, "70");
  EXPECT_EQ(message.content_length(), 4U);
  EXPECT_EQ(message.body(), "body");
  EXPECT_EQ(message.header_bytes(), kInvite.size() - 4);
  EXPECT_EQ(message.bytes(), kInvite);
}

TEST(Message, ReadsAResponseAndNamesItByItsCSeq) {
  const std::string text = with_start_line("SIP/2.0 180 Ringing now");
  Message message;
  ASSERT_EQ(Message::parse(text, message), Grade::valid);
  EXPECT_FALSE(message.is_request());
  EXPECT_EQ(message.status(), 180);
  EXPECT_EQ(message.reason(), "Ringing now");
  EXPECT_EQ(message.method(), "INVITE");
  EXPECT_EQ(message.request_uri(), "");
}

TEST(Message, PointsIntoTheBytesItWasGiven) {
  const std::string bytes(kInvite);
  Message message;
  Message::parse(bytes, message);
  EXPECT_EQ(message.call_id().data() - bytes.data(), static_cast<std::ptrdiff_t>(bytes.find("a1@192")));
}

TEST(Message, ForgetsWhatItHeldBefore) {
  Message message;
  Message::parse(kInvite, message);
  EXPECT_EQ(Message::parse("SIP/2.0 200 OK\r\n\r\n", message), Grade::broken);
  EXPECT_TRUE(message.headers().empty());
  EXPECT_EQ(message.call_id(), "");
  EXPECT_EQ(message.count(HeaderName::via), 0U);
  EXPECT_EQ(message.cseq(), 0U);
  EXPECT_FALSE(message.content_length());
  EXPECT_EQ(Message::parse("hello", message), Grade::not_sip);
  EXPECT_TRUE(message.flaws().empty());
}

TEST(Message, ReadsCompactNames) {
  const std::pair<std::string_view, HeaderName> names[] = {{"i", HeaderName::call_id},
                                                           {"m", HeaderName::contact},
                                                           {"l", HeaderName::content_length},
                                                           {"c", HeaderName::content_type},
                                                           {"f", HeaderName::from},
                                                           {"t", HeaderName::to},
                                                           {"v", HeaderName::via},
                                                           {"k", HeaderName::supported},
                                                           {"x", HeaderName::session_expires},
                                                           {"r", HeaderName::refer_to},
                                                           {"M", HeaderName::contact},
                                                           {"s", HeaderName::subject},
                                                           {"e", HeaderName::content_encoding},
                                                           {"z", HeaderName::other},
                                                           {"", HeaderName::other}};
  for (const auto& [name, id] : names) EXPECT_EQ(header_name(name), id) << name;
}

TEST(Message, ReadsLongNamesInAnyCase) {
  const std::pair<std::string_view, HeaderName> names[] = {{"VIA", HeaderName::via},
                                                           {"From", HeaderName::from},
                                                           {"tO", HeaderName::to},
                                                           {"call-id", HeaderName::call_id},
                                                           {"CSEQ", HeaderName::cseq},
                                                           {"Contact", HeaderName::contact},
                                                           {"CONTENT-length", HeaderName::content_length},
                                                           {"Content-Type", HeaderName::content_type},
                                                           {"mAX-fORWARDS", HeaderName::max_forwards},
                                                           {"Expires", HeaderName::expires},
                                                           {"Route", HeaderName::route},
                                                           {"Record-Route", HeaderName::record_route},
                                                           {"User-Agent", HeaderName::user_agent},
                                                           {"Server", HeaderName::server},
                                                           {"Authorization", HeaderName::authorization},
                                                           {"WWW-Authenticate", HeaderName::www_authenticate},
                                                           {"Refer-To", HeaderName::refer_to},
                                                           {"Replaces", HeaderName::replaces},
                                                           {"P-Asserted-Identity", HeaderName::p_asserted_identity},
                                                           {"Session-Expires", HeaderName::session_expires},
                                                           {"Supported", HeaderName::supported},
                                                           {"Vib", HeaderName::other},
                                                           {"P-Asserted-Identity2", HeaderName::other}};
  for (const auto& [name, id] : names) EXPECT_EQ(header_name(name), id) << name;
}

TEST(Message, TakesWhatIsNoSipForNoSip) {
  for (const std::string_view text :
       {"", "\r\n\r\n", "\r\n", "GET /sip/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "hello world",
        "OPTIONS rtsp://example.com RTSP/1.0\r\n\r\n", "GET /a/SIP/2.0 HTTP/1.1\r\n\r\n", "\x80\x00\x01\xff", " ",
        "SIP", "INVITE", "jaK\x00\x01"}) {
    EXPECT_EQ(grade_of(text), Grade::not_sip) << text;
  }
  EXPECT_EQ(grade_of(std::string(4, '\0')), Grade::not_sip);
}

TEST(Message, TakesAMalformedSipStartLineForBroken) {
  EXPECT_EQ(only_flaw(with_start_line("INVITE sip:bob@example.com SIP/7.0")), Flaw::bad_version);
  EXPECT_EQ(only_flaw(with_start_line("SIP/3.0 200 OK")), Flaw::bad_version);
  EXPECT_EQ(only_flaw(with_start_line("INVITE SIP/2.0")), Flaw::bad_start_line);
  EXPECT_EQ(only_flaw(with_start_line("IN{VITE sip:bob@example.com SIP/2.0")), Flaw::bad_start_line);
  EXPECT_EQ(only_flaw(with_start_line("INVITE sip:bob@example.com")), Flaw::bad_start_line);
  EXPECT_EQ(grade_of(with_start_line("INVITE sip:bob@example.com SIP/2.0 and more")), Grade::broken);
}

TEST(Message, ReadsTheVersionInAnyCase) {
  EXPECT_EQ(grade_of(with_start_line("INVITE sip:bob@example.com sip/2.0")), Grade::valid);
  EXPECT_EQ(grade_of(with_start_line("sip/2.0 200 OK")), Grade::valid);
}

TEST(Message, TakesMethodsByTheirCase) {
  EXPECT_EQ(only_flaw(replaced(with_start_line("invite sip:bob@example.com SIP/2.0"), "7 INVITE", "7 invite")),
            Flaw::unknown_method);
}

TEST(Message, ToleratesSpaceInTheStartLine) {
  for (const std::string_view line : {"INVITE  sip:bob@example.com SIP/2.0", "INVITE sip:bob@example.com  SIP/2.0",
                                      "INVITE sip:bob@example.com SIP/2.0 ", "INVITE\tsip:bob@example.com SIP/2.0",
                                      " INVITE sip:bob@example.com SIP/2.0", "SIP/2.0  200 OK", "SIP/2.0\t200 OK",
                                      " SIP/2.0 200 OK", "SIP/2.0 200\tOK"}) {
    EXPECT_EQ(only_flaw(with_start_line(line)), Flaw::loose_start_line) << line;
  }
}

TEST(Message, LetsSpaceBeginAndEndAReason) {
  EXPECT_EQ(grade_of(with_start_line("SIP/2.0 200  OK ")), Grade::valid);
  EXPECT_EQ(grade_of(with_start_line("SIP/2.0 200 ")), Grade::valid);
  EXPECT_EQ(only_flaw(with_start_line("SIP/2.0 200")), Flaw::no_reason_phrase);
}

TEST(Message, NamesABadStatus) {
  for (const auto& [line, status] :
       {std::pair{"SIP/2.0 099 x", 99}, std::pair{"SIP/2.0 700 x", 700}, std::pair{"SIP/2.0 4294967301 x", -1},
        std::pair{"SIP/2.0 2x0 x", -1}, std::pair{"SIP/2.0 000 x", -1}, std::pair{"SIP/2.0 20 x", -1}}) {
    Message message;
    EXPECT_EQ(Message::parse(with_start_line(line), message), Grade::broken) << line;
    EXPECT_TRUE(message.flaws().has(Flaw::bad_status)) << line;
    EXPECT_EQ(message.status(), status) << line;
    EXPECT_FALSE(message.is_request()) << line;
  }
}

TEST(Message, StripsWhatDoesNotBelongToTheRequestUri) {
  const std::string text = with_start_line("INVITE <sip:bob@example.com> SIP/2.0");
  Message message;
  EXPECT_EQ(Message::parse(text, message), Grade::odd);
  EXPECT_EQ(message.request_uri(), "sip:bob@example.com");
  EXPECT_TRUE(message.flaws().has(Flaw::loose_address));
  EXPECT_EQ(only_flaw(with_start_line("INVITE sip:bob@example.com?a=b SIP/2.0")), Flaw::loose_address);
  EXPECT_EQ(only_flaw(with_start_line("INVITE sip:bob@example.com; lr SIP/2.0")), Flaw::loose_address);
}

TEST(Message, ToleratesLineEnds) {
  std::string lf(kInvite);
  std::erase(lf, '\r');
  EXPECT_EQ(only_flaw(lf), Flaw::lf_only);
  EXPECT_EQ(only_flaw(replaced(kInvite, "70\r\n", "70\n")), Flaw::lf_only);
  EXPECT_EQ(only_flaw(replaced(kInvite, "\r\n\r\n", "\r\n\n")), Flaw::lf_only);
  EXPECT_EQ(only_flaw("\r\n\r\n" + std::string(kInvite)), Flaw::leading_crlf);
}

TEST(Message, KeepsTheFoldsOfAFoldedHeader) {
  const std::string text = with_header("Subject: one\r\n\ttwo\r\n  three  ");
  Message message;
  ASSERT_EQ(Message::parse(text, message), Grade::odd);
  EXPECT_TRUE(message.flaws().has(Flaw::folded));
  EXPECT_EQ(message.headers()[1].value, "one\r\n\ttwo\r\n  three");
  EXPECT_EQ(message.first(HeaderName::max_forwards), "70");
}

TEST(Message, ReadsAHeaderWhoseValueBeginsOnTheNextLine) {
  const std::string text = replaced(kInvite, "To: ", "To :\r\n ");
  Message message;
  ASSERT_EQ(Message::parse(text, message), Grade::odd);
  EXPECT_EQ(message.first(HeaderName::to), "<sip:bob@example.com>");
  EXPECT_TRUE(message.flaws().has(Flaw::space_before_colon));
}

TEST(Message, SkipsALineThatIsNoHeader) {
  EXPECT_EQ(only_flaw(with_header("this is nothing")), Flaw::header_without_colon);
  EXPECT_EQ(only_flaw(with_header("two words: nothing")), Flaw::header_without_colon);
  EXPECT_EQ(only_flaw(with_header(": nothing")), Flaw::header_without_colon);
  Message message;
  Message::parse(with_header("this is nothing"), message);
  EXPECT_EQ(message.headers().size(), 8U);
}

TEST(Message, NamesWhatIsMissing) {
  const std::pair<std::string_view, Flaw> lines[] = {
      {"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n", Flaw::missing_via},
      {"From: \"Alice\" <sip:alice@example.com>;tag=1\r\n", Flaw::missing_from},
      {"To: <sip:bob@example.com>\r\n", Flaw::missing_to},
      {"Call-ID: a1@192.0.2.1\r\n", Flaw::missing_call_id},
      {"CSeq: 7 INVITE\r\n", Flaw::missing_cseq}};
  for (const auto& [line, flaw] : lines) {
    EXPECT_EQ(only_flaw(replaced(kInvite, line, "")), flaw) << line;
    EXPECT_EQ(only_flaw(replaced(kInvite, line, std::string(line.substr(0, line.find(':') + 1)) + "\r\n")), flaw)
        << line;
  }
}

TEST(Message, NamesHeadersThatRepeat) {
  for (const std::string_view header :
       {"f: <sip:a@example.com>", "TO: <sip:a@example.com>", "i: other", "CSeq: 7 INVITE", "Max-Forwards: 1", "l: 4"}) {
    EXPECT_EQ(only_flaw(with_header(header)), Flaw::repeated_header) << header;
  }
  EXPECT_EQ(grade_of(with_header("Via: SIP/2.0/UDP a")), Grade::valid);
}

TEST(Message, NamesABadCSeq) {
  for (const std::string_view cseq : {"x INVITE", "7", "7 BYE", "-7 INVITE", "2147483648 INVITE", "7INVITE",
                                      "36893488147419103232 INVITE", "7 INVITE now"}) {
    EXPECT_EQ(only_flaw(replaced(kInvite, "7 INVITE", cseq)), Flaw::bad_cseq) << cseq;
  }
  EXPECT_EQ(grade_of(replaced(kInvite, "7 INVITE", "2147483647   INVITE")), Grade::valid);
  EXPECT_EQ(grade_of(replaced(kInvite, "7 INVITE", "0007 INVITE")), Grade::valid);
}

TEST(Message, NamesWhatItCannotReadAsAnAddress) {
  EXPECT_EQ(only_flaw(replaced(kInvite, "SIP/2.0/UDP 192.0.2.1:5060;", "SIP/2.0/UDP 192.0.2.1:70000;")), Flaw::bad_via);
  EXPECT_EQ(only_flaw(replaced(kInvite, "SIP/2.0/UDP 192.0.2.1:5060;", "SIP/2.0 192.0.2.1;")), Flaw::bad_via);
  EXPECT_EQ(only_flaw(replaced(kInvite, "To: <sip:bob@example.com>", "To: bob@example.com")), Flaw::bad_uri);
  EXPECT_EQ(only_flaw(replaced(kInvite, "\"Alice\"", "\"Alice")), Flaw::bad_uri);
  EXPECT_EQ(only_flaw(replaced(kInvite, "Contact: ", "Contact: <sip:a@b>, <sip:c@>, ")), Flaw::bad_uri);
  EXPECT_EQ(only_flaw(with_start_line("INVITE * SIP/2.0")), Flaw::bad_uri);
  EXPECT_EQ(grade_of(replaced(kInvite, "<sip:alice@192.0.2.1:5060>", "*")), Grade::valid);
}

TEST(Message, NamesAddressesThatOnlyATolerantReaderTakes) {
  for (const std::string_view to :
       {"< sip:bob@example.com >", "Bob, Robert <sip:bob@example.com>", "sip:bob@example.com?a=b",
        "<sip:bob@example.com; lr>", "<sip:b\xc3\xbc@example.com>"}) {
    EXPECT_EQ(only_flaw(replaced(kInvite, "<sip:bob@example.com>", to)), Flaw::loose_address) << to;
  }
  EXPECT_EQ(only_flaw(replaced(kInvite, ";tag=1", ";;tag=1")), Flaw::empty_parameter);
  EXPECT_EQ(only_flaw(replaced(kInvite, ";rport", ";")), Flaw::empty_parameter);
}

TEST(Message, ComparesTheBodyWithContentLength) {
  EXPECT_EQ(only_flaw(replaced(kInvite, "Length: 4", "Length: 5")), Flaw::short_body);
  const std::string text = replaced(kInvite, "Length: 4", "Length: 3");
  Message message;
  EXPECT_EQ(Message::parse(text, message), Grade::odd);
  EXPECT_TRUE(message.flaws().has(Flaw::extra_body));
  EXPECT_EQ(message.body(), "bod");
}

TEST(Message, LeavesWhatFollowsOnAStreamAlone) {
  EXPECT_EQ(grade_of(replaced(kInvite, "Length: 4", "Length: 3"), true), Grade::valid);
}

TEST(Message, NeedsContentLengthOnAStreamOnly) {
  const std::string text = replaced(kInvite, "Content-Length: 4\r\n", "");
  EXPECT_EQ(grade_of(text), Grade::valid);
  EXPECT_EQ(only_flaw(text, true), Flaw::no_content_length);
  Message message;
  Message::parse(text, message);
  EXPECT_EQ(message.body(), "body");
  EXPECT_FALSE(message.content_length());
}

TEST(Message, DistrustsABadContentLength) {
  for (const std::string_view length : {"-4", "x", "4x", "4294967296", "4, 4", ""}) {
    const std::string text = replaced(kInvite, "Length: 4", "Length: " + std::string(length));
    EXPECT_EQ(only_flaw(text), Flaw::bad_content_length) << length;
    EXPECT_EQ(only_flaw(text, true), Flaw::bad_content_length) << length;
    Message message;
    Message::parse(text, message);
    EXPECT_EQ(message.body(), "body");
  }
  const std::string text = with_header("l: 5");
  Message message;
  Message::parse(text, message);
  EXPECT_TRUE(message.flaws().has(Flaw::bad_content_length));
  EXPECT_FALSE(message.content_length());
  EXPECT_EQ(message.body(), "body");
}

TEST(Message, ReadsWhatACutLeft) {
  for (std::size_t len = 0; len < kInvite.size(); ++len) {
    const std::string cut(kInvite.substr(0, len));
    Message message;
    const Grade grade = Message::parse(cut, message);
    EXPECT_TRUE(grade == Grade::broken || grade == Grade::not_sip) << cut;
    EXPECT_EQ(grade != Grade::not_sip && len < kInvite.size() - 4, message.flaws().has(Flaw::no_empty_line)) << cut;
  }
  Message message;
  EXPECT_EQ(Message::parse(kInvite.substr(0, kInvite.find("CSeq")), message), Grade::broken);
  EXPECT_EQ(message.call_id(), "a1@192.0.2.1");
}

TEST(Message, StopsListingHeadersWhenItIsFull) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  const std::string text = replaced(kInvite, "\r\n\r\nbody", "\r\n" + many + "\r\nbody");
  Message message;
  EXPECT_EQ(Message::parse(text, message), Grade::broken);
  EXPECT_TRUE(message.flaws().has(Flaw::too_many_headers));
  EXPECT_EQ(message.headers().size(), Message::kMaxHeaders);
  EXPECT_EQ(message.body(), "body");
}

TEST(Message, GradesByTheWorstFlaw) {
  Flaws flaws;
  EXPECT_EQ(flaws.grade(), Grade::valid);
  flaws.add(Flaw::empty_parameter);
  EXPECT_EQ(flaws.grade(), Grade::odd);
  flaws.add(Flaw::bad_start_line);
  EXPECT_EQ(flaws.grade(), Grade::broken);
}

TEST(Message, HasANameForEveryGradeAndFlaw) {
  EXPECT_EQ(to_string(Grade::valid), "valid");
  EXPECT_EQ(to_string(Grade::not_sip), "not-sip");
  EXPECT_EQ(to_string(Flaw::leading_crlf), "leading-crlf");
  EXPECT_EQ(to_string(Flaw::bad_start_line), "bad-start-line");
  EXPECT_EQ(to_string(Flaw::too_many_headers), "too-many-headers");
}

// 64 KiB that make a reader go over the same bytes again and again would take seconds; one pass takes well under 50 ms.
TEST(Message, ReadsHostileInputInOnePass) {
  constexpr std::size_t kSize = 65536;
  for (const std::string_view unit :
       {",", ";", "\"", "<", "<>,", "\\\"", "\r", "\n ", ":", "/", "a\r\n", "@", "<sip:a@b>,", ";a=\""}) {
    std::string filler;
    while (filler.size() < kSize) filler += unit;
    for (const std::string_view begin : {"Via: ", "From: ", "From: x", "Contact: ", "Content-Type: ", "X: ", ""}) {
      const std::string text = "INVITE sip:a@b SIP/2.0\r\n" + std::string(begin) + filler + "\r\n\r\n";
      const auto started = std::chrono::steady_clock::now();
      Message message;
      Message::parse(text, message);
      sdp_body(message);
      EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(250)) << begin << unit;
    }
  }
}

}  // namespace
}  // namespace vialens::sip

#include "userspace/reassembly/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vialens {
namespace {

using Verdict = Framing::Verdict;

constexpr std::size_t kLimit = 4096;
const std::string kOptions = "OPTIONS sip:bob@example.com SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n";
const std::string kOk = "SIP/2.0 200 OK\r\nCall-ID: 2\r\nl: 4\r\n\r\nbody";

struct Found {
  std::vector<std::string> messages;
  std::string skipped;
  std::string left;
  int keep_alives = 0;
  int oversized = 0;
};

// Feeds `stream` in pieces of `step` bytes, as a caller has to.
Found read(const std::string& stream, std::size_t step, Framing framing = Framing()) {
  Found found;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    found.left += stream.substr(at, step);
    for (;;) {
      const Framing::Step next = framing.next(found.left, kLimit);
      if (next.verdict == Verdict::more) break;
      const std::string front = found.left.substr(0, next.length);
      EXPECT_EQ(front.size(), next.length);
      EXPECT_GT(next.length, 0U);
      if (next.verdict == Verdict::message) found.messages.push_back(front);
      if (next.verdict == Verdict::skip) found.skipped += front;
      found.keep_alives += next.verdict == Verdict::keep_alive ? 1 : 0;
      found.oversized += next.verdict == Verdict::oversized ? 1 : 0;
      found.left.erase(0, next.length);
    }
  }
  return found;
}

Found read(const std::string& stream, Framing framing = Framing()) { return read(stream, stream.size(), framing); }

std::string with_length(const std::string& field, const std::string& body) {
  return "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n" + field + "\r\nTo: <sip:b@c>\r\n\r\n" + body;
}

TEST(FramingTest, FindsMessagesOneBehindTheOther) {
  const Found found = read(kOptions + kOk + kOptions);
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions, kOk, kOptions}));
  EXPECT_EQ(found.skipped, "");
  EXPECT_EQ(found.left, "");
}

TEST(FramingTest, GivesTheSameForBytesThatComeOneByOne) {
  const std::string stream = kOptions + "\r\n\r\n" + kOk + "garbage\r\nmore\n" + kOptions;
  for (const std::size_t step : {1U, 2U, 3U, 7U, 50U}) {
    const Found found = read(stream, step);
    EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions, kOk, kOptions})) << step;
    EXPECT_EQ(found.skipped, "garbage\r\nmore\n") << step;
  }
}

TEST(FramingTest, WaitsForTheRestOfABody) {
  const Found found = read(kOk.substr(0, kOk.size() - 1));
  EXPECT_TRUE(found.messages.empty());
  EXPECT_EQ(found.left.size(), kOk.size() - 1);
}

TEST(FramingTest, ReadsEveryWayToWriteContentLength) {
  for (const std::string field : {"Content-Length: 4", "CONTENT-LENGTH:4", "content-length \t:\t4  ", "l: 4", "L : 4",
                                  "Content-Length:\r\n 4", "l:\r\n\t\r\n  4", "Content-Length: 0004"}) {
    const std::string message = with_length(field, "body");
    const Found found = read(message + kOk);
    EXPECT_EQ(found.messages, (std::vector<std::string>{message, kOk})) << field;
  }
}

TEST(FramingTest, TakesOtherHeadersForNoContentLength) {
  for (const std::string field : {"Content-Lengths: 4", "Contact: l: 4", "Subject: x\r\n l: 4", "x-l: 4", "ll: 4"}) {
    const std::string message = with_length(field, "");
    EXPECT_EQ(read(message + kOk).messages, (std::vector<std::string>{message, kOk})) << field;
  }
}

TEST(FramingTest, UsesTheFirstContentLengthThatIsANumber) {
  const std::string message = with_length("Content-Length: four\r\nContent-Length: 4\r\nl: 9", "body");
  EXPECT_EQ(read(message + kOk).messages, (std::vector<std::string>{message, kOk}));
}

TEST(FramingTest, EndsAMessageWithoutContentLengthBehindItsHeaders) {
  const std::string message = with_length("Subject: none", "");
  const Found found = read(message + "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n" + kOk);
  EXPECT_EQ(found.messages, (std::vector<std::string>{message, kOk}));
  EXPECT_EQ(found.skipped, "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n");
}

TEST(FramingTest, AcceptsLineFeedsWithoutCarriageReturn) {
  const std::string lf = "SIP/2.0 200 OK\nl: 2\n\nhi";
  const std::string mixed = "SIP/2.0 200 OK\r\nl: 2\n\r\nhi";
  EXPECT_EQ(read(lf + mixed + lf).messages, (std::vector<std::string>{lf, mixed, lf}));
}

TEST(FramingTest, TakesALineOfBlanksForAFold) {
  const std::string message = "SIP/2.0 200 OK\r\nSubject: a\r\n \r\nl: 2\r\n\r\nhi";
  EXPECT_EQ(read(message).messages, (std::vector<std::string>{message}));
}

TEST(FramingTest, CountsPingsAndTheirAnswers) {
  const Found found = read("\r\n\r\n" + kOptions + "\r\n" + kOk + "\r\n\r\n");
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions, kOk}));
  EXPECT_EQ(found.keep_alives, 3);
  EXPECT_EQ(found.skipped, "");
}

TEST(FramingTest, JoinsAtTheNextStartLine) {
  const std::string rest = "ranch=z9hG4bK\r\nCall-ID: 0\r\n\r\nv=0\r\n";
  const Found found = read(rest + kOptions + kOk, Framing(Framing::Start::anywhere));
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions, kOk}));
  EXPECT_EQ(found.skipped, rest);
}

TEST(FramingTest, JoinsWhereAMessageBegins) {
  EXPECT_EQ(read(kOptions, Framing(Framing::Start::anywhere)).messages, (std::vector<std::string>{kOptions}));
}

TEST(FramingTest, TakesNoRestOfARequestLineForARequest) {
  const Found found = read(kOptions.substr(2) + kOk, Framing(Framing::Start::anywhere));
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOk}));
}

TEST(FramingTest, TakesNoViaForAStartLineWhenLost) {
  const std::string junk = "Via: SIP/2.0/TCP h\r\nSubject: I like SIP/2.0\r\nSIP/2.0\r\n";
  const Found found = read(junk + "FOO sip:a@b SIP/2.0\r\n\r\n", Framing(Framing::Start::anywhere));
  EXPECT_EQ(found.messages, (std::vector<std::string>{"FOO sip:a@b SIP/2.0\r\n\r\n"}));
  EXPECT_EQ(found.skipped, junk);
}

TEST(FramingTest, FindsAStartLineBehindABodyWithoutLineEnd) {
  const std::string prack = "PRACK sip:a@b SIP/2.0\r\n\r\n";
  const Found found = read("Signal=5</x>" + prack, Framing(Framing::Start::anywhere));
  EXPECT_EQ(found.messages, (std::vector<std::string>{prack}));
  const std::string again = "X: y\r\nabc" + kOptions + "rest of </a> b" + kOk;
  EXPECT_EQ(read(again, Framing(Framing::Start::anywhere)).messages, (std::vector<std::string>{kOptions, kOk}));
  EXPECT_EQ(read(again, 1, Framing(Framing::Start::anywhere)).messages, (std::vector<std::string>{kOptions, kOk}));
}

TEST(FramingTest, PrefersARealMessageToTheStartLineInABody) {
  const std::string fragment = "x\r\n\r\nSIP/2.0 100 Trying\r\n";
  const Found found = read(fragment + kOptions, Framing(Framing::Start::anywhere));
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions}));
  EXPECT_EQ(found.skipped, fragment);
}

TEST(FramingTest, KeepsABodyThatLooksLikeAMessage) {
  const std::string message = with_length("l: 20", "SIP/2.0 100 Trying\r\n");
  EXPECT_EQ(read(message + kOk).messages, (std::vector<std::string>{message, kOk}));
}

TEST(FramingTest, IsGenerousAboutStartLinesWhereOneIsDue) {
  for (const std::string line :
       {"SIP/3.0 200 OK", "INVITE  sip:a@b  SIP/2.0  ", "INVITE sip:a@b", "FOO sip:a@b sip/2.0",
        " INVITE sip:a@b SIP/2.0", "SIP/2.0", "NEWMETHOD sip:a b@c SIP/7.0"}) {
    const std::string message = line + "\r\n\r\n";
    EXPECT_EQ(read(message).messages, (std::vector<std::string>{message})) << line;
  }
}

TEST(FramingTest, SkipsWhatIsNotSip) {
  for (const std::string text : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\n", "\rINVITE\n", "jaK\n"}) {
    const Found found = read(text + kOk);
    EXPECT_EQ(found.messages, (std::vector<std::string>{kOk})) << text;
    EXPECT_EQ(found.skipped, text);
  }
}

TEST(FramingTest, HoldsNoMoreThanAStartLineOfAnEndlessLine) {
  const std::string endless(5 * Framing::kMaxStartLine, 'x');
  const Found at_once = read(endless + "INVITE sip:a@b SIP/2.0\r\n" + kOk);
  EXPECT_EQ(at_once.messages, (std::vector<std::string>{kOk}));
  const Found in_steps = read(endless, 1000);
  EXPECT_LE(in_steps.left.size(), Framing::kMaxStartLine + 1);
  for (const std::size_t step : {1U, 4097U, 16385U}) {
    EXPECT_EQ(read(endless + "INVITE sip:a@b SIP/2.0\r\n" + kOk, step).skipped, at_once.skipped) << step;
  }
}

TEST(FramingTest, DropsTheBodyOfAnOversizedMessageToItsEnd) {
  const std::string body = kOk + std::string(kLimit, 'x') + "\r\n" + kOk;
  const Found found = read(with_length("l: " + std::to_string(body.size()), body) + kOptions, 100);
  EXPECT_EQ(found.oversized, 1);
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions}));
  EXPECT_EQ(found.skipped, body);
}

TEST(FramingTest, DoesNotBelieveAnEnormousContentLength) {
  for (const std::string length : {"4294967295", "99999999999999999999999"}) {
    const Found found = read(with_length("l: " + length, "body\r\n") + kOptions);
    EXPECT_EQ(found.oversized, 1);
    EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions}));
    EXPECT_EQ(found.skipped, "body\r\n");
  }
}

TEST(FramingTest, GivesUpHeadersWithoutEnd) {
  std::string endless = "SIP/2.0 200 OK\r\n";
  while (endless.size() <= kLimit) endless += "X: y\r\n";
  for (const std::size_t step : {1U, 100U, 100000U}) {
    const Found found = read(endless + "\r\n" + kOptions, step);
    EXPECT_EQ(found.oversized, 1) << step;
    EXPECT_EQ(found.messages, (std::vector<std::string>{kOptions})) << step;
    EXPECT_EQ(found.skipped.size(), endless.size() + 2 - kLimit) << step;
  }
}

TEST(FramingTest, FindsTheNextMessageBehindAHoleInABody) {
  Framing framing;
  const std::string begun = with_length("l: 10", "abcd");
  EXPECT_EQ(framing.next(begun, kLimit).verdict, Verdict::more);
  EXPECT_TRUE(framing.begun());
  framing.lose(begun.size(), 3);
  EXPECT_FALSE(framing.begun());
  const Found found = read("hijNEWMETHOD sip:a@b SIP/2.0\r\n\r\n", framing);
  EXPECT_EQ(found.skipped, "hij");
  EXPECT_EQ(found.messages, (std::vector<std::string>{"NEWMETHOD sip:a@b SIP/2.0\r\n\r\n"}));
}

TEST(FramingTest, IsLostBehindAHoleInHeaders) {
  Framing framing;
  framing.next("INVITE sip:a@b SIP/2.0\r\nVia: x", kLimit);
  framing.lose(31, 8);
  const Found found = read("\r\n\r\nbody\r\n" + kOk, framing);
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOk}));
}

TEST(FramingTest, IsLostBehindAHoleThatReachesIntoTheNextMessage) {
  Framing framing;
  framing.next(kOk.substr(0, kOk.size() - 2), kLimit);
  framing.lose(kOk.size() - 2, 5);
  const Found found = read(kOptions.substr(3) + kOk, framing);
  EXPECT_EQ(found.messages, (std::vector<std::string>{kOk}));
  EXPECT_EQ(found.skipped, kOptions.substr(3));
}

}  // namespace
}  // namespace vialens

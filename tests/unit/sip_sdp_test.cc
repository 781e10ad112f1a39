#include <gtest/gtest.h>

#include <string>

#include "userspace/sip/sdp.h"

namespace vialens::sip {
namespace {

constexpr std::string_view kOffer =
    "v=0\r\n"
    "o=alice 2890844526 2890844527 IN IP4 192.0.2.1\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.2\r\n"
    "t=0 0\r\n"
    "m=audio 49170 RTP/AVP 0 8\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "m=video 51372/2 RTP/SAVPF 99\r\n"
    "c=IN IP6 2001:db8::2\r\n"
    "a=rtpmap:99 H264/90000\r\n";

// What sdp_body() finds in a message with this Content-Type and body.
std::string sdp_in(std::string_view content_type, std::string_view body) {
  const std::string text =
      "INVITE sip:a@b SIP/2.0\r\nContent-Type: " + std::string(content_type) + "\r\n\r\n" + std::string(body);
  Message message;
  Message::parse(text, message);
  return std::string(sdp_body(message));
}

std::string replaced_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

TEST(Sdp, ReadsTheLinesThatCarryAddresses) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse(kOffer, sdp));
  EXPECT_FALSE(sdp.odd());
  ASSERT_TRUE(sdp.origin());
  EXPECT_EQ(sdp.origin()->username, "alice");
  EXPECT_EQ(sdp.origin()->session_id, "2890844526");
  EXPECT_EQ(sdp.origin()->version, "2890844527");
  EXPECT_EQ(sdp.origin()->address, "192.0.2.1");
  ASSERT_TRUE(sdp.connection());
  EXPECT_EQ(sdp.connection()->text, "IN IP4 192.0.2.2");
  EXPECT_EQ(sdp.connection()->address, "192.0.2.2");
  ASSERT_EQ(sdp.media().size(), 2U);
  EXPECT_EQ(sdp.text(), kOffer);
}

TEST(Sdp, GivesEachMediaItsOwnLines) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse(kOffer, sdp));
  const Media& audio = sdp.media()[0];
  EXPECT_EQ(audio.text, "audio 49170 RTP/AVP 0 8");
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.port, 49170);
  EXPECT_EQ(audio.protocol, "RTP/AVP");
  EXPECT_EQ(audio.formats, "0 8");
  EXPECT_FALSE(audio.connection);
  EXPECT_EQ(audio.lines, "a=rtpmap:0 PCMU/8000\r\n");
  const Media& video = sdp.media()[1];
  EXPECT_EQ(video.port, 51372);
  ASSERT_TRUE(video.connection);
  EXPECT_EQ(video.connection->address, "2001:db8::2");
  EXPECT_EQ(video.lines, "c=IN IP6 2001:db8::2\r\na=rtpmap:99 H264/90000\r\n");
}

TEST(Sdp, ReadsEveryKindOfLineEnd) {
  for (const std::string_view end : {"\n", "\r"}) {
    const std::string text = replaced_all(std::string(kOffer), "\r\n", end);
    Sdp sdp;
    ASSERT_TRUE(Sdp::parse(text, sdp));
    EXPECT_FALSE(sdp.odd());
    ASSERT_EQ(sdp.media().size(), 2U);
    EXPECT_EQ(sdp.media()[1].connection->address, "2001:db8::2");
    EXPECT_EQ(sdp.origin()->address, "192.0.2.1");
  }
}

TEST(Sdp, ReadsALastLineWithoutEndAndEmptyLinesBehindIt) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse("v=0\r\nc=IN IP4 192.0.2.2", sdp));
  EXPECT_EQ(sdp.connection()->address, "192.0.2.2");
  ASSERT_TRUE(Sdp::parse("v=0\r\n\r\n\r\n", sdp));
  EXPECT_FALSE(sdp.odd());
}

TEST(Sdp, CutsTheTimeToLiveOffAnAddress) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse("v=0\r\nc=IN IP4 233.252.0.1/127/3\r\n", sdp));
  EXPECT_EQ(sdp.connection()->address, "233.252.0.1");
}

TEST(Sdp, TakesTheFirstOfSeveralConnections) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse("v=0\nm=audio 1 RTP/AVP 0\nc=IN IP4 233.252.0.1/127\nc=IN IP4 233.252.0.2/127\n", sdp));
  EXPECT_EQ(sdp.media()[0].connection->address, "233.252.0.1");
  EXPECT_FALSE(sdp.odd());
}

TEST(Sdp, RefusesWhatDoesNotBeginWithAVersion) {
  Sdp sdp;
  EXPECT_FALSE(Sdp::parse("", sdp));
  EXPECT_FALSE(Sdp::parse("o=- 0 0 IN IP4 192.0.2.1\r\n", sdp));
  EXPECT_FALSE(Sdp::parse("<xml/>", sdp));
  EXPECT_FALSE(sdp.origin());
  EXPECT_TRUE(sdp.media().empty());
}

TEST(Sdp, LeavesTheMissingFieldsOfAnOriginEmpty) {
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse("v=0\r\no=alice 17\r\n", sdp));
  EXPECT_EQ(sdp.origin()->username, "alice");
  EXPECT_EQ(sdp.origin()->session_id, "17");
  EXPECT_EQ(sdp.origin()->version, "");
  EXPECT_EQ(sdp.origin()->address, "");
  EXPECT_TRUE(sdp.odd());
}

TEST(Sdp, TakesAPortOutOfRangeForOdd) {
  for (const std::string_view port : {"65536", "x", "-1", "", "99999999999999999999"}) {
    const std::string text = "v=0\r\nm=audio " + std::string(port) + " RTP/AVP 0\r\n";
    Sdp sdp;
    ASSERT_TRUE(Sdp::parse(text, sdp));
    ASSERT_EQ(sdp.media().size(), 1U);
    EXPECT_EQ(sdp.media()[0].port, 0) << port;
    EXPECT_TRUE(sdp.odd()) << port;
  }
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse("v=0\r\nm=audio 0 RTP/AVP 0\r\nm=audio 65535 RTP/AVP 0\r\n", sdp));
  EXPECT_FALSE(sdp.odd());
  EXPECT_EQ(sdp.media()[1].port, 65535);
}

TEST(Sdp, TakesLinesThatAreNoneForOdd) {
  Sdp sdp;
  for (const std::string_view line :
       {"nothing", "m =video 3227 RTP/AVP 31", "=x", "\r\na=x", "1=x", "m=audio", "c=IN IP4"}) {
    const std::string text = "v=0\r\n" + std::string(line) + "\r\n";
    ASSERT_TRUE(Sdp::parse(text, sdp));
    EXPECT_TRUE(sdp.odd()) << line;
  }
}

TEST(Sdp, StopsListingMediaWhenItIsFull) {
  std::string text = "v=0\r\n";
  for (int i = 0; i < 20; ++i) text += "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2." + std::to_string(i) + "\r\n";
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse(text, sdp));
  EXPECT_TRUE(sdp.odd());
  ASSERT_EQ(sdp.media().size(), Sdp::kMaxMedia);
  EXPECT_EQ(sdp.media().back().lines, "c=IN IP4 192.0.2.15\r\n");
  EXPECT_FALSE(sdp.connection());
}

TEST(SdpBody, TakesABodyThatSaysSo) {
  EXPECT_EQ(sdp_in("application/sdp", "v=0\r\n"), "v=0\r\n");
  EXPECT_EQ(sdp_in("Application / SDP ;charset=x", "v=0\r\n"), "v=0\r\n");
  EXPECT_EQ(sdp_in("text/plain", "v=0\r\n"), "");
  EXPECT_EQ(sdp_in("application/sdpx", "v=0\r\n"), "");
  EXPECT_EQ(sdp_in("", "v=0\r\n"), "");
}

TEST(SdpBody, FindsThePartThatSaysSo) {
  constexpr std::string_view kBody =
      "preamble\r\n"
      "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b12\r\n"
      "--b1  \r\ncontent-disposition: session\r\nc: application/sdp\r\n\r\nv=0\r\ns=-\r\n"
      "--b1--\r\nv=1\r\n";
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b1", kBody), "v=0\r\ns=-");
  EXPECT_EQ(sdp_in("multipart/mixed ; Boundary = \"b1\"", kBody), "v=0\r\ns=-");
  EXPECT_EQ(sdp_in("multipart/mixed", kBody), "");
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=\"\"", kBody), "");
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", kBody), "");
}

TEST(SdpBody, KeepsTheLineEndThatIsNotTheDelimiters) {
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", "--b\nContent-Type: application/sdp\n\nv=0\n\n--b--"), "v=0\n");
}

TEST(SdpBody, ReadsAFoldedPartHeader) {
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", "--b\r\nContent-Type:\r\n application/sdp\r\n\r\nv=0\r\n--b--"),
            "v=0");
}

TEST(SdpBody, ToleratesAMissingLastDelimiter) {
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"), "v=0\r\n");
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", "--b"), "");
}

TEST(SdpBody, IgnoresWhatFollowsTheLastDelimiter) {
  EXPECT_EQ(sdp_in("multipart/mixed;boundary=b", "--b--\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"), "");
}

TEST(SdpBody, LooksFourLevelsDeep) {
  std::string body = "v=0";
  std::string type = "application/sdp";
  for (int depth = 1; depth <= 5; ++depth) {
    const std::string boundary = "b" + std::to_string(depth);
    std::string outer = "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n";
    outer += body;
    outer += "\r\n--" + boundary + "--\r\n";
    body = outer;
    type = "multipart/mixed;boundary=" + boundary;
    EXPECT_EQ(sdp_in(type, body), depth <= 4 ? "v=0" : "") << depth;
  }
}

}  // namespace
}  // namespace vialens::sip

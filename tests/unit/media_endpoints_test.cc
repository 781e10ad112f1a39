// End points for media out of session descriptions.
#include "userspace/call/media_endpoints.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

std::string describe(const MediaEndpoint& endpoint) {
  std::string text = to_string(endpoint.at);
  if (endpoint.rtp) text += " rtp";
  if (endpoint.rtcp) text += " rtcp";
  if (endpoint.fax) text += " fax";
  for (const auto& type : endpoint.types)
    text += " " + std::to_string(type.number) + ":" + std::to_string(type.clock_rate) + (type.event ? "e" : "");
  return text;
}

using Lines = std::vector<std::string>;

Lines described(const std::vector<MediaEndpoint>& endpoints) {
  Lines lines;
  for (const MediaEndpoint& endpoint : endpoints) lines.push_back(describe(endpoint));
  return lines;
}

constexpr std::string_view kFront = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

Lines endpoints(std::string_view media) {
  const std::string body = std::string(kFront) + std::string(media);
  sip::Sdp sdp;
  EXPECT_TRUE(sip::Sdp::parse(body, sdp));
  return described(endpoints_of(sdp));
}

TEST(MediaEndpointsTest, AreThoseOfTheDescription) {
  EXPECT_EQ(endpoints("m=audio 4000 RTP/AVP 0 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
                      "a=rtpmap:101 Telephone-Event/8000\r\n"),
            (Lines{"192.0.2.1:4000 rtp 96:48000 101:8000e", "192.0.2.1:4001 rtcp"}));
  EXPECT_EQ(endpoints("m=audio 4000 RTP/SAVP 0\r\na=rtcp:5001 IN IP4 192.0.2.7\r\n"),
            (Lines{"192.0.2.1:4000 rtp", "192.0.2.7:5001 rtcp"}));
  EXPECT_EQ(endpoints("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=rtcp:4007\r\n"),
            (Lines{"[2001:db8::1]:4000 rtp", "[2001:db8::1]:4007 rtcp"}));
  EXPECT_EQ(endpoints("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n"),
            (Lines{"192.0.2.1:4000 rtp rtcp", "192.0.2.1:4001 rtcp"}));
  EXPECT_EQ(endpoints("m=image 4002 udptl t38\r\n"), (Lines{"192.0.2.1:4002 fax"}));
}

TEST(MediaEndpointsTest, AreNotThoseThatReceiveNothing) {
  EXPECT_EQ(endpoints("m=audio 0 RTP/AVP 0\r\n"), Lines{});
  EXPECT_EQ(endpoints("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), Lines{});
  EXPECT_EQ(endpoints("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example\r\n"), Lines{});
  EXPECT_EQ(endpoints("m=message 4000 TCP/MSRP *\r\n"), Lines{});
}

TEST(MediaEndpointsTest, BundledSectionsShareTheirPayloadTypes) {
  EXPECT_EQ(endpoints("a=group:BUNDLE a v\r\nm=audio 4000 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 opus/48000/2\r\n"
                      "a=rtcp-mux\r\na=candidate:1 1 UDP 9 198.51.100.4 6000 typ host\r\n"
                      "a=candidate:1 1 TCP 9 198.51.100.4 9 typ host tcptype active\r\n"
                      "m=video 0 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 VP8/90000\r\na=bundle-only\r\n"),
            (Lines{"192.0.2.1:4000 rtp rtcp 96:48000 97:90000", "192.0.2.1:4001 rtcp",
                   "198.51.100.4:6000 rtp rtcp 96:48000 97:90000"}));
}

}  // namespace
}  // namespace vialens

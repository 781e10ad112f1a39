#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/sip_text.h"
#include "userspace/crossing/crossing.h"

namespace vialens {
namespace {

using namespace test;
using Fields = std::vector<Field>;

// The texts live as long as the fixture, and so do the views of the changes into them.
class CompareTest : public testing::Test {
 protected:
  Fields fields(const std::string& was, const std::string& is, bool stream = false) {
    parse(was, is, stream);
    changes.clear();
    compare({before, after}, changes);
    Fields fields;
    for (const Change& change : changes) fields.push_back(change.field);
    return fields;
  }
  bool proxied(const std::string& was, const std::string& is) {
    parse(was, is, false);
    return looks_proxied({before, after});
  }
  void parse(const std::string& was, const std::string& is, bool stream) {
    text_before = was;
    text_after = is;
    sip::Message::parse(text_before, before, stream);
    sip::Message::parse(text_after, after, stream);
  }

  std::string text_before, text_after;
  sip::Message before, after;
  std::vector<Change> changes;
};

Text invite_with_body(const std::string& body) { return request("INVITE").body("application/sdp", body); }

TEST_F(CompareTest, FindsEachFieldBothWays) {
  struct Case {
    Field field;
    Text one, other;
    std::string_view before, after;
  };
  const Text base = invite();
  const auto with = [&](std::string_view name, std::string value) { return Text(base).set(name, std::move(value)); };
  const Case cases[] = {
      {Field::via, base, Text(base).replace_in("Via", "192.168.1.33:5060", "203.0.113.5:5060"),
       "SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK776asdhds;rport",
       "SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK776asdhds;rport"},
      {Field::via, base, Text(base).replace_in("Via", ":5060", ":1024"), "", ""},
      {Field::contact, base, with("Contact", "<sip:alice@203.0.113.5:5060>"), "<sip:alice@192.168.1.33:5060>",
       "<sip:alice@203.0.113.5:5060>"},
      {Field::contact, base, with("Contact", "<sip:alice@192.168.1.33:5062>"), "", ""},
      {Field::contact, base, with("Contact", "<sip:rinstance@192.168.1.33:5060>"), "", ""},
      {Field::contact, base, with("Contact", "<sips:alice@192.168.1.33:5060>"), "", ""},
      {Field::request_uri, base, Text(base).start_line("INVITE sip:bob@198.51.100.10 SIP/2.0"), "sip:bob@example.com",
       "sip:bob@198.51.100.10"},
      {Field::from, base, with("From", "<sip:alice@203.0.113.5:5060>;tag=1928301774"), "", ""},
      {Field::to, base, with("To", "<sip:bob@203.0.113.5>"), "<sip:bob@example.com>", "<sip:bob@203.0.113.5>"},
      {Field::call_id, base, with("Call-ID", "a84b4c76e66710@203.0.113.5"), "a84b4c76e66710@192.168.1.33",
       "a84b4c76e66710@203.0.113.5"},
      {Field::sdp_origin, base,
       Text(base).replace_in_body("2353687637 IN IP4 192.168.1.33", "2353687637 IN IP4 203.0.113.5"), "", ""},
      {Field::sdp_connection, base, Text(base).replace_in_body("c=IN IP4 192.168.1.33", "c=IN IP4 203.0.113.5"),
       "IN IP4 192.168.1.33", "IN IP4 203.0.113.5"},
      {Field::sdp_media_port, base, Text(base).replace_in_body("audio 40000", "audio 50000"),
       "audio 40000 RTP/AVP 0 101", "audio 50000 RTP/AVP 0 101"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(static_cast<int>(c.field));
    ASSERT_EQ(fields(c.one, c.other), Fields{c.field});
    if (!c.before.empty()) {
      EXPECT_EQ(changes[0].before, c.before);
      EXPECT_EQ(changes[0].after, c.after);
    }
    EXPECT_EQ(fields(c.other, c.one), Fields{c.field});
    EXPECT_EQ(fields(c.one, c.one), Fields{});
  }
}

TEST_F(CompareTest, SaysNothingOfWhatMeansTheSame) {
  const Text base = invite();
  struct Case {
    std::string_view name;
    Text one, other;
  };
  Text compact = base;
  compact.rename("Via", "v").rename("From", "f").rename("To", "t").rename("Call-ID", "i").rename("Contact", "m");
  compact.rename("Content-Type", "c").remove("Content-Length");
  Text shouting = base;
  shouting.rename("Via", "VIA").rename("Contact", "CONTACT").rename("Call-ID", "call-id");
  Text bare = base;  // no port anywhere
  bare.replace(":5060", "");
  Text folded = base;
  folded.set("Contact", "\r\n <sip:alice@192.168.1.33:5060>")
      .set("From", "<sip:alice@example.com>\r\n\t;tag=1928301774");
  Text spaced = base;
  spaced.set("Via", "SIP / 2.0 / UDP  192.168.1.33:5060 ; branch=z9hG4bK776asdhds;rport");
  const auto contact = [&](std::string_view text) { return Text(base).set("Contact", std::string(text)); };
  const auto via = [&](std::string_view text) { return Text(base).set("Via", std::string(text)); };
  const Case cases[] = {
      {"compact names", base, compact},
      {"names in capitals", base, shouting},
      {"order of headers", base, Text(base).reverse_headers()},
      {"folded", base, folded},
      {"white space", base, spaced},
      {"default port added to an unchanged literal", bare, base},
      {"case of the host", contact("<sip:alice@PBX.Example.com>"), contact("<sip:alice@pbx.example.COM:5060>")},
      {"case of the scheme", contact("<SIP:alice@h>"), contact("<sip:alice@h>")},
      {"default port of sips", contact("<sips:alice@h>"), contact("<sips:alice@h:5061>")},
      {"default port of TLS", contact("<sip:alice@h;transport=tls>"), contact("<sip:alice@h:5061;transport=tls>")},
      {"default port of a TLS Via", via("SIP/2.0/TLS h;branch=z9hG4bK1"), via("SIP/2.0/TLS h:5061;branch=z9hG4bK1")},
      {"escapes", contact("<sip:%61lice%20b@h>"), contact("<sip:alice%20%62@h>")},
      {"a percent sign that escapes nothing", contact("<sip:a%zz@h>"), contact("<sip:a%zz@h>")},
      {"lr with a value", contact("<sip:alice@h;lr>"), contact("<sip:alice@h;lr=on>")},
      {"order of parameters", contact("<sip:alice@h;ob;lr>;q=1;expires=5"),
       contact("<sip:alice@h;lr;ob>;expires=5;q=1")},
      {"angle brackets", contact("sip:alice@h"), contact("<sip:alice@h>")},
      {"a display name in quotes", contact("Al Ice <sip:alice@h>"), contact("\"Al Ice\" <sip:alice@h>")},
      {"an escape in a display name", contact("\"A\\l\" <sip:alice@h>"), contact("\"Al\" <sip:alice@h>")},
      {"spelling of IPv6", contact("<sip:alice@[2001:DB8::0:1]>"), contact("<sip:alice@[2001:db8:0::1]:5060>")},
      {"IPv6 in Via", via("SIP/2.0/UDP [2001:DB8::1]"), via("SIP/2.0/UDP [2001:db8:0:0::1]:5060")},
      {"star", contact("*"), contact("*")},
      {"order of Contacts", contact("<sip:a@h>, <sip:b@h>"), contact("<sip:b@h>").add("Contact", "<sip:a@h>")},
      {"a list in several lines", Text(base).add("Supported", "a, b"), Text(base).add("k", "a").add("k", "b")},
      {"parameters of credentials", Text(base).add("Authorization", "Digest a=\"1,2\", b=3"),
       Text(base).add("authorization", "digest b=3 ,a=\"1,2\"")},
      {"line ends of the SDP", base, Text(base).replace_in_body("\r\n", "\n")},
      {"case of a host in the SDP", Text(base).replace_in_body(kPhoneAddress, "Media.Example.com"),
       Text(base).replace_in_body(kPhoneAddress, "media.example.com")},
      {"spelling of IPv6 in the SDP", Text(base).replace_in_body("IP4 192.168.1.33", "IP6 2001:DB8::1"),
       Text(base).replace_in_body("IP4 192.168.1.33", "IP6 2001:db8:0::1")},
      {"space in the SDP", base, Text(base).replace_in_body("c=IN IP4 192.168.1.33", "c=IN  IP4 192.168.1.33 ")},
      {"telephone numbers", Text(base).set("To", "<tel:+49301234>"), Text(base).set("To", "tel:+49301234")},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(fields(c.one, c.other), Fields{});
    EXPECT_EQ(fields(c.other, c.one), Fields{});
  }
}

TEST_F(CompareTest, TellsUsersApart) {
  const auto contact = [](std::string_view text) { return invite().set("Contact", std::string(text)).str(); };
  EXPECT_EQ(fields(contact("<sip:alice@h>"), contact("<sip:Alice@h>")), Fields{Field::contact});  // RFC 3261 19.1.4
  EXPECT_EQ(fields(contact("<sip:alice@h>"), contact("<sip:alic@h>")), Fields{Field::contact});
  EXPECT_EQ(fields(contact("<sip:alice@h>"), contact("<sip:h>")), Fields{Field::contact});
  EXPECT_EQ(fields(contact("*"), contact("<sip:alice@h>")), Fields{Field::contact});
}

TEST_F(CompareTest, SeesTheOneOfSeveralContactsThatChanged) {
  const auto contacts = [](std::string_view text) {
    return reply(register_(), 200).set("Contact", std::string(text)).str();
  };
  const std::string base = contacts("<sip:a@192.168.1.33>;expires=60, <sip:b@192.168.1.33>, <sip:c@h>");
  EXPECT_EQ(fields(base, contacts("<sip:a@203.0.113.5>;expires=60, <sip:b@192.168.1.33>, <sip:c@h>")),
            Fields{Field::contact});
  EXPECT_EQ(changes[0].before, "<sip:a@192.168.1.33>;expires=60");
  EXPECT_EQ(fields(base, contacts("<sip:a@203.0.113.5>;expires=60, <sip:b@203.0.113.5>, <sip:c@h>")),
            Fields({Field::contact, Field::contact}));
}

TEST_F(CompareTest, CallsAMissingOrNewContactNoChangeOfAnother) {
  const Text base = invite();
  EXPECT_EQ(fields(base, Text(base).remove("Contact")), Fields{Field::header_removed});
  const Text two = Text(base).push_front("Contact", "<sip:first@192.168.1.33>");
  EXPECT_EQ(fields(two, base), Fields{Field::header_removed});
  EXPECT_EQ(changes[0].before, "<sip:first@192.168.1.33>");
  EXPECT_EQ(fields(base, two), Fields{Field::header_added});
  EXPECT_EQ(changes[0].after, "<sip:first@192.168.1.33>");
}

TEST_F(CompareTest, IsNotSlowOnThousandsOfContacts) {
  std::string many, other;
  for (int i = 0; i < 5000; ++i) {
    many += "<sip:" + std::to_string(i) + "@h>,";
    other += "<sip:" + std::to_string(i + 1) + "@h>,";
  }
  EXPECT_EQ(fields(invite().set("Contact", many), invite().set("Contact", other)).size(), 5000U);
}

TEST_F(CompareTest, SeesWhatCannotBeReadAnyMore) {
  const Text base = invite();
  for (const std::string_view name : {"Via", "Contact", "From", "To"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(fields(base, Text(base).set(name, "<<<")), Fields{Field::corrupted});
    EXPECT_EQ(fields(Text(base).set(name, "<<<"), base), Fields{});  // it was so before
  }
  EXPECT_EQ(fields(base, Text(base).start_line("INVITE <<< SIP/2.0")), Fields{Field::corrupted});
  EXPECT_EQ(fields(base, Text(base).replace_in_body("a=rtpmap", ":=rtpmap")),
            Fields({Field::sdp_attribute, Field::corrupted}));
}

TEST_F(CompareTest, LooksForSdpInsideOfMultiparts) {
  const auto multipart = [](const std::string& inside) {
    return request("INVITE")
        .body("multipart/mixed;boundary=\"=_x\"",
              "--=_x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--=_x\r\n"
              "Content-Type: application/sdp\r\n\r\n" +
                  inside + "\r\n--=_x--\r\n")
        .str();
  };
  EXPECT_EQ(fields(multipart(sdp()), multipart(sdp())), Fields{});
  EXPECT_EQ(fields(multipart(sdp()), multipart(sdp(kRouterAddress))),
            Fields({Field::sdp_origin, Field::sdp_connection}));
  EXPECT_EQ(fields(multipart(sdp()), multipart(sdp(kPhoneAddress, 40002))), Fields{Field::sdp_media_port});
}

TEST_F(CompareTest, LooksAtEachMedia) {
  const std::string session = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\n";
  const auto two = [&](std::string_view c1, int p1, std::string_view c2, int p2) {
    return invite_with_body(session + "m=audio " + std::to_string(p1) + " RTP/AVP 0\r\nc=IN IP4 " + std::string(c1) +
                            "\r\nm=video " + std::to_string(p2) + " RTP/AVP 34\r\nc=IN IP4 " + std::string(c2) +
                            "/127\r\n")
        .str();
  };
  const std::string base = two("10.0.0.1", 4000, "10.0.0.2", 4002);
  EXPECT_EQ(fields(base, base), Fields{});
  EXPECT_EQ(fields(base, two("10.0.0.1", 4000, "203.0.113.5", 4002)), Fields{Field::sdp_connection});
  EXPECT_EQ(fields(base, two("10.0.0.1", 4000, "10.0.0.2", 0)), Fields{Field::sdp_media_port});
  EXPECT_EQ(fields(two("10.0.0.1", 0, "10.0.0.2", 4002), base), Fields{Field::sdp_media_port});
  EXPECT_EQ(fields(two("10.0.0.1", 0, "h", 0), two("10.0.0.1", 0, "h", 0)), Fields{});
}

TEST_F(CompareTest, DoesNotHoldAudioAgainstVideo) {
  const std::string session = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 h\r\nt=0 0\r\n";
  const std::string audio = "m=audio 4000 RTP/AVP 0\r\n", video = "m=video 4002 RTP/AVP 34\r\n";
  EXPECT_EQ(fields(invite_with_body(session + audio + video), invite_with_body(session + video)),
            Fields{Field::sdp_attribute});
  EXPECT_EQ(fields(invite_with_body(session + audio + video), invite_with_body(session + video + audio)),
            Fields{Field::sdp_attribute});
}

TEST_F(CompareTest, SeesAnOldStyleHoldThatWasUndone) {
  EXPECT_EQ(fields(invite_with_body(sdp("0.0.0.0")), invite_with_body(sdp(kRouterAddress))),
            Fields({Field::sdp_origin, Field::sdp_connection}));
}

TEST_F(CompareTest, SeesAContentLengthThatNoLongerFits) {
  const Text base = invite();
  const std::string length = std::to_string(sdp().size());
  const Text shorter = Text(base).replace_in_body(kPhoneAddress, "10.0.0.1");
  const Text longer = Text(base).replace_in_body(kPhoneAddress, "192.168.100.133");
  EXPECT_EQ(fields(base, shorter), Fields({Field::sdp_origin, Field::sdp_connection}));
  const auto contains = [](const Fields& found, Field field) {
    return std::find(found.begin(), found.end(), field) != found.end();
  };
  EXPECT_TRUE(contains(fields(base, Text(shorter).content_length(length)), Field::content_length));
  EXPECT_TRUE(contains(fields(base, Text(longer).content_length(length)), Field::content_length));
  ASSERT_EQ(changes[0].field, Field::content_length);
  EXPECT_EQ(changes[0].before, length);
  EXPECT_EQ(changes[0].after, length);

  const Text wrong_from_the_start = Text(base).content_length("7");
  EXPECT_EQ(fields(wrong_from_the_start, wrong_from_the_start), Fields{});
  EXPECT_FALSE(contains(fields(wrong_from_the_start, base), Field::content_length));  // repaired
  EXPECT_EQ(fields(Text(base).content_length("none"), base), Fields{});
  EXPECT_EQ(fields(base, Text(base).content_length("none")), Fields{});
  EXPECT_EQ(fields(request("BYE"), request("BYE")), Fields{});
  EXPECT_EQ(fields(base.str(), Text(base).content_length(length).str() + "trailing"), Fields{Field::content_length});
}

TEST_F(CompareTest, KnowsThatOnAStreamContentLengthCutsTheMessages) {
  EXPECT_EQ(fields(invite(), invite().str() + "INVITE", true), Fields{});
}

TEST_F(CompareTest, SeesOtherBodiesAsText) {
  const auto text = [](std::string body) { return request("MESSAGE").body("text/plain", std::move(body)).str(); };
  EXPECT_EQ(fields(text("c=IN IP4 192.168.1.33"), text("c=IN IP4 203.0.113.5")), Fields{Field::text});
}

TEST_F(CompareTest, KnowsAProxyByWhatItDoesBesides) {
  const Text base = invite();
  const std::string pushed = "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKproxy";
  EXPECT_FALSE(proxied(base, base));
  EXPECT_FALSE(proxied(base, Text(base).replace(kPhoneAddress, kRouterAddress)));
  EXPECT_TRUE(proxied(base, Text(base).push_front("Via", pushed)));
  EXPECT_TRUE(proxied(base, Text(base).set("Via", pushed + ", " + base.get("Via"))));
  const Text answer = reply(base, 200);
  EXPECT_TRUE(proxied(Text(answer).push_front("Via", pushed), answer));
  EXPECT_FALSE(proxied(base, Text(base).set("Max-Forwards", "69")));  // it would have a Via of its own
  EXPECT_FALSE(proxied(base, Text(base).set("Max-Forwards", "71")));
  EXPECT_FALSE(proxied(base, Text(base).remove("Max-Forwards")));
  EXPECT_FALSE(proxied(Text(base).set("Max-Forwards", "0"), Text(base).remove("Max-Forwards")));
}

}  // namespace
}  // namespace vialens

#include "userspace/crossing/translation.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using test::endpoint;

// The phone is 192.168.1.33:5060 inside and 203.0.113.5:1024 outside.
class TranslationTest : public testing::Test {
 protected:
  // Of a message on its way out.
  bool is_right(Field field, std::string_view before, std::string_view after) {
    return judge(field, before, after, true);
  }
  // The same on its way in, where the outside address becomes the inside one.
  bool is_right_inwards(Field field, std::string_view before, std::string_view after) {
    return judge(field, before, after, false);
  }
  bool judge(Field field, std::string_view before, std::string_view after, bool out) {
    Sighting lan, wan;
    (out ? lan.source : lan.destination) = endpoint(inside);
    (out ? wan.source : wan.destination) = endpoint(outside);
    (out ? lan.destination : lan.source) = (out ? wan.destination : wan.source) = endpoint(server);
    const auto change_of = [](Field what, std::string_view was, std::string_view is) {
      Change change;
      change.field = what;
      change.before = was;
      change.after = is;
      return change;
    };
    std::vector<Change> changes{change_of(field, before, after)};
    if (!connection.first.empty())
      changes.push_back(change_of(Field::sdp_connection, connection.first, connection.second));
    const Crossing crossing{.entry = out ? lan : wan,
                            .exit = out ? wan : lan,
                            .direction = out ? Direction::out : Direction::in,
                            .changes = changes,
                            .proxied = proxied};
    return is_translation(changes.front(), crossing);
  }

  std::string_view inside = "192.168.1.33:5060", outside = "203.0.113.5:1024", server = "198.51.100.10:5060";
  bool proxied = false;
  std::pair<std::string_view, std::string_view> connection{};  // c=, where it was changed as well
};

TEST_F(TranslationTest, PutsTheOutsideInThePlaceOfThePhone) {
  EXPECT_TRUE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:1024>"));
  EXPECT_TRUE(is_right(Field::contact, "<sip:a@192.168.1.33>;q=1", "<sip:a@203.0.113.5:1024>;q=1"));
  EXPECT_TRUE(is_right(Field::via, "SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK1;rport",
                       "SIP/2.0/UDP 203.0.113.5:1024;branch=z9hG4bK1;rport"));
  EXPECT_TRUE(is_right(Field::sdp_connection, "IN IP4 192.168.1.33", "IN IP4 203.0.113.5"));
  EXPECT_TRUE(is_right_inwards(Field::request_uri, "sip:a@203.0.113.5:1024", "sip:a@192.168.1.33:5060"));
}

TEST_F(TranslationTest, LeadsToThePortByWhichThePhoneIsReached) {
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:1025>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5>")) << "that is 5060";
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5070>", "<sip:a@203.0.113.5:1024>"))
      << "another port of the phone";
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33>", "<sip:a@203.0.113.5>")) << "5060 again";
  EXPECT_TRUE(is_right(Field::from, "<sip:a@192.168.1.33>", "<sip:a@203.0.113.5>")) << "nothing is sent to a name";
  EXPECT_FALSE(is_right_inwards(Field::request_uri, "sip:a@203.0.113.5:1024", "sip:a@192.168.1.33:5061"));
  outside = "203.0.113.5:5060";
  EXPECT_TRUE(is_right(Field::contact, "<sip:a@192.168.1.33>", "<sip:a@203.0.113.5>"));
  EXPECT_TRUE(is_right(Field::contact, "<sip:a@192.168.1.33>", "<sip:a@203.0.113.5:5060>"));
}

TEST_F(TranslationTest, NamesNoOtherAddress) {
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.6:1024>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.34:5060>", "<sip:a@203.0.113.5:1024>"));
  EXPECT_FALSE(is_right(Field::sdp_connection, "IN IP4 192.168.1.33", "IN IP4 0.0.0.0"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@phone.example>", "<sip:a@203.0.113.5:1024>")) << "a name is none";
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@192.168.1.33:1024>"));
}

TEST_F(TranslationTest, LeavesEverythingElse) {
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:b@203.0.113.5:1024>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>;q=1", "<sip:a@203.0.113.5:1024>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:1024")) << "a bracket is gone";
  EXPECT_FALSE(is_right(Field::sdp_connection, "IN IP4 192.168.1.33", "")) << "taken out";
  EXPECT_FALSE(is_right(Field::sdp_connection, "", "IN IP4 203.0.113.5")) << "put in";
}

TEST_F(TranslationTest, MayGiveMediaAnyPortThatIsOneOfItsOwn) {
  EXPECT_FALSE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 40000 RTP/AVP 0 8"))
      << "the address is still the phone's";
  EXPECT_FALSE(is_right_inwards(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 40000 RTP/AVP 0 8"))
      << "the port is the other end's";
  connection = {"IN IP4 192.168.1.33", "IN IP4 203.0.113.5"};
  EXPECT_TRUE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 40000 RTP/AVP 0 8"));
  EXPECT_FALSE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 0 RTP/AVP 0 8")) << "refused";
  EXPECT_FALSE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 40000 RTP/AVP 0"));
  EXPECT_FALSE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio"));
}

TEST_F(TranslationTest, KnowsIpv6) {
  inside = "[fd00::33]:5060";
  outside = "[2001:db8::5]:1024";
  server = "[2001:db8:1::10]:5060";
  EXPECT_TRUE(is_right(Field::contact, "<sip:a@[fd00::33]:5060>", "<sip:a@[2001:db8::5]:1024>"));
  EXPECT_TRUE(is_right(Field::sdp_connection, "IN IP6 fd00::33", "IN IP6 2001:db8::5"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@[fd00::33]:5060>", "<sip:a@2001:db8::5:1024>")) << "without brackets";
}

TEST_F(TranslationTest, IsNoneWhereNothingWasToBeTranslated) {
  outside = inside;
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:1024>"));
  outside = "192.168.1.33:1024";
  EXPECT_FALSE(is_right(Field::via, "SIP/2.0/UDP phone.example;rport=5060", "SIP/2.0/UDP phone.example;rport=1024"));
  outside = "203.0.113.5:1024";
  proxied = true;
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:1024>"));
  EXPECT_FALSE(is_right(Field::sdp_media_port, "audio 4000 RTP/AVP 0 8", "audio 40000 RTP/AVP 0 8"));
}

// The answer's Via gets back what the phone wrote; what the provider added of the NAT stays.
TEST_F(TranslationTest, PutsBackWhatThePhoneWrote) {
  EXPECT_TRUE(is_right_inwards(Field::via, "SIP/2.0/UDP 203.0.113.5:1024;branch=z9hG4bK1;received=203.0.113.5",
                               "SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK1;received=203.0.113.5"));
  EXPECT_FALSE(is_right_inwards(Field::via, "SIP/2.0/UDP 203.0.113.5:1024;branch=z9hG4bK1",
                                "SIP/2.0/UDP 192.168.1.33:5061;branch=z9hG4bK1"));
}

TEST_F(TranslationTest, IsNoneThatCannotBeRead) {
  outside = "203.0.113.5:5060";
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:99999>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113.5:5060:5060>"));
  EXPECT_FALSE(is_right(Field::contact, "<sip:a@192.168.1.33:5060>", "<sip:a@203.0.113>"));
}

TEST_F(TranslationTest, HasNothingToDoWithWhatIsNoAddress) {
  EXPECT_FALSE(is_right(Field::user_agent, "Phone/192.168.1.33", "Phone/203.0.113.5"));
  EXPECT_FALSE(is_right(Field::authorization, "uri=\"sip:192.168.1.33:5060\"", "uri=\"sip:203.0.113.5:1024\""));
}

}  // namespace
}  // namespace vialens

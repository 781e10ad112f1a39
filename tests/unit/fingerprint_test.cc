// Which ALG it is, from the pattern of the fields.
#include "userspace/crossing/fingerprint.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

class FingerprintTest : public testing::Test {
 protected:
  void cross(const std::string& entry, const std::string& exit, Direction direction = Direction::out) {
    sip::Message::parse(entry, entered);
    sip::Message::parse(exit, left);
    changes.clear();
    compare({entered, left}, changes);
    const Endpoint phone = endpoint(kPhone), router = endpoint(kRouter), server = endpoint(kServer);
    const bool out = direction == Direction::out;
    const Sighting on_lan{&lan, time_of(1), Transport::udp,        out ? phone : server, out ? server : phone,
                          0,    false,      out ? &entered : &left};
    const Sighting on_wan{&wan, time_of(1), Transport::udp,        out ? router : server, out ? server : router,
                          0,    false,      out ? &left : &entered};
    fingerprint.observe({out ? on_lan : on_wan, out ? on_wan : on_lan, direction, changes});
  }
  std::string_view likeliest() const {
    guesses = fingerprint.guesses();
    return guesses.empty() ? "" : guesses.front().kind;
  }

  TapInfo lan{0, "lan", "", Side::lan, Direction::unknown, ""}, wan{1, "wan", "", Side::wan, Direction::unknown, ""};
  Fingerprint fingerprint;
  sip::Message entered, left;
  std::vector<Change> changes;
  mutable std::vector<AlgGuess> guesses;
};

TEST_F(FingerprintTest, SaysNothingOfARouterThatRewritesNothing) {
  cross(invite(), invite());
  EXPECT_EQ(likeliest(), "");
}

TEST_F(FingerprintTest, KnowsLinuxByThePortItAppendsAndTheAnswersItTurnsBack) {
  const Text inside = invite({.caller = "sip:100@192.168.1.33"});
  cross(inside, Text(inside)
                    .replace_in("Via", kPhoneAddress, kRouterAddress)
                    .replace_in("Contact", kPhoneAddress, kRouterAddress)
                    .set("From", "<sip:100@203.0.113.5:5060>;tag=1928301774"));
  EXPECT_EQ(likeliest(), "linux-nf_nat_sip");
  EXPECT_LT(guesses.front().confidence, kStrong);
  const Text answer = ok(inside);
  cross(Text(answer).set("Via", "SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK1;rport=5060;received=203.0.113.5"),
        Text(answer).set("Via", "SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK1;rport=5060;received=192.168.1.33"),
        Direction::in);
  EXPECT_EQ(likeliest(), "linux-nf_nat_sip");
  EXPECT_GE(guesses.front().confidence, kStrong);
  EXPECT_GE(guesses.front().evidence.size(), 3U);  // and the Call-ID that was left
}

TEST_F(FingerprintTest, KnowsAFortigateByItsTrace) {
  const Text inside = invite();
  cross(inside, Text(inside)
                    .replace(kPhoneAddress, kRouterAddress)
                    .replace_in_body("s=-\r\n", "s=-\r\ni=(o=IN IP4 192.168.1.33)\r\n"));
  EXPECT_EQ(likeliest(), "fortinet");
  EXPECT_GE(guesses.front().confidence, kStrong);
}

TEST_F(FingerprintTest, KnowsOneThatReplacesText) {
  const Text inside = invite().add("User-Agent", "phone (192.168.1.33)");
  cross(inside, Text(inside).replace(kPhoneAddress, kRouterAddress));
  EXPECT_EQ(likeliest(), "replace-all");
}

TEST_F(FingerprintTest, AdmitsThatItDoesNotKnow) {
  cross(invite(), invite().set("Contact", "<sip:alice@203.0.113.5:5060>"));
  EXPECT_EQ(likeliest(), "unknown");
  EXPECT_LT(guesses.front().confidence, kLikely);
}

}  // namespace
}  // namespace vialens

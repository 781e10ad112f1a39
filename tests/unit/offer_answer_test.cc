// Which description answers which.
#include "userspace/call/offer_answer.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

class OfferAnswerTest : public testing::Test {
 protected:
  const Session* say(const std::string& text, bool from_phone, TapId tap = 0) {
    texts.push_back(text);
    sip::Message::parse(texts.back(), message);
    const Endpoint phone = endpoint(kPhone), server = endpoint(kServer);
    return offers.observe(taps[tap], time_of(clock++), from_phone ? phone : server, from_phone ? server : phone,
                          message, message.call_id());
  }
  static Text answer(const Text& to, std::string_view address = "198.51.100.20", int port = 30000) {
    return ok(to).body("application/sdp", sdp(address, port));
  }

  std::vector<TapInfo> taps = two_taps();
  OfferAnswer offers;
  sip::Message message;
  std::deque<std::string> texts;
  int clock = 0;
};

TEST_F(OfferAnswerTest, JoinsOfferAndAnswer) {
  EXPECT_EQ(say(invite(), true), nullptr);
  EXPECT_EQ(say(reply(invite(), 180), false), nullptr);
  const Session* session = say(answer(invite()), false);
  ASSERT_NE(session, nullptr);
  EXPECT_TRUE(session->first);
  EXPECT_EQ(session->offerer, endpoint(kPhone));
  EXPECT_EQ(address_of(session->offer, session->offer.media()[0]), endpoint("192.168.1.33:40000"));
  EXPECT_EQ(address_of(session->answer, session->answer.media()[0]), endpoint("198.51.100.20:30000"));
  EXPECT_EQ(say(answer(invite()), false), nullptr);  // repeated
}

TEST_F(OfferAnswerTest, TakesTheDescriptionOfA183ForTheAnswerIfNoOtherComes) {
  say(invite(), true);
  say(Text(reply(invite(), 183)).body("application/sdp", sdp("198.51.100.20", 30002)), false);
  const Session* session = say(ok(invite()), false);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->answer.media()[0].port, 30002);
}

TEST_F(OfferAnswerTest, KnowsAnOfferInTheAnswerAndAnAnswerInTheAck) {
  const Text asks = request("INVITE");
  say(asks, true);
  EXPECT_EQ(say(answer(asks), false), nullptr);
  const Session* session = say(request("ACK", {.to_tag = "314159"}).body("application/sdp", sdp()), true);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->offerer, endpoint(kServer));
  EXPECT_EQ(session->offer.media()[0].port, 30000);
}

Text prack(std::string branch = "z9hG4bKprack") {
  return request("PRACK", {.to_tag = "314159", .branch = std::move(branch), .cseq = 2}).set("RAck", "1 1 INVITE");
}

Text reliable(const Text& to, int rseq) {
  return reply(to, 183).set("Require", "100rel").set("RSeq", std::to_string(rseq));
}

TEST_F(OfferAnswerTest, TakesTheAnswerFromThePrackThatAcknowledgesAnOffer) {
  const Text ask = request("INVITE", {});
  say(ask, true);
  EXPECT_EQ(say(reliable(ask, 1).body("application/sdp", sdp("198.51.100.20", 30000)), false), nullptr);
  const Session* session = say(prack().body("application/sdp", sdp()), true);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->offerer, endpoint(kServer));
  EXPECT_EQ(session->offer.media()[0].port, 30000);
  EXPECT_FALSE(session->by_requester);
  EXPECT_EQ(session->method, "INVITE");
  EXPECT_EQ(say(reply(prack(), 200), false), nullptr);
  EXPECT_EQ(say(answer(ask), false), nullptr);  // once more, in the 2xx
}

TEST_F(OfferAnswerTest, AnUnreliableDescriptionIsNoOffer) {
  const Text ask = request("INVITE", {});
  say(ask, true);
  say(reply(ask, 183).body("application/sdp", sdp("198.51.100.20", 30000)), false);
  EXPECT_EQ(say(prack().body("application/sdp", sdp()), true), nullptr);
}

TEST_F(OfferAnswerTest, TakesANewOfferFromAPrackAndWhatWasAnsweredBefore) {
  say(invite(), true);
  EXPECT_EQ(say(reliable(invite(), 1).body("application/sdp", sdp("198.51.100.20", 30000)), false), nullptr);
  const Session* session = say(prack().body("application/sdp", sdp() + "a=sendonly\r\n"), true);
  ASSERT_NE(session, nullptr);  // that of the INVITE
  EXPECT_TRUE(session->by_requester);
  EXPECT_EQ(session->method, "INVITE");
  EXPECT_EQ(session->answer.media()[0].port, 30000);
  session = say(reply(prack(), 200).body("application/sdp", sdp("198.51.100.20", 30002)), false);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->method, "PRACK");
  EXPECT_FALSE(session->first);
  EXPECT_EQ(direction_of(session->offer, session->offer.media()[0]), MediaDirection::sendonly);
  EXPECT_EQ(say(reply(invite(), 200), false), nullptr);
}

TEST_F(OfferAnswerTest, ARequestWithoutADescriptionLeavesTheOfferOpen) {
  say(invite(), true);
  say(reliable(invite(), 1), false);
  say(prack(), true);
  EXPECT_EQ(say(reply(prack(), 200), false), nullptr);
  EXPECT_NE(say(answer(invite()), false), nullptr);
}

TEST_F(OfferAnswerTest, ForgetsAnOfferThatWasRefused) {
  say(invite(), true);
  EXPECT_EQ(say(reply(invite(), 488), false), nullptr);
  EXPECT_EQ(say(answer(invite()), false), nullptr);
}

TEST_F(OfferAnswerTest, KnowsLaterOffersAndTheirDirection) {
  say(invite(), true);
  say(answer(invite()), false);
  const Text hold = invite({.to_tag = "314159", .branch = "z9hG4bKhold", .cseq = 2})
                        .body("application/sdp", sdp() + "a=sendonly\r\n");
  say(hold, true);
  const Session* session =
      say(answer(hold).body("application/sdp", sdp("198.51.100.20", 30000) + "a=recvonly\r\n"), false);
  ASSERT_NE(session, nullptr);
  EXPECT_FALSE(session->first);
  EXPECT_EQ(direction_of(session->offer, session->offer.media()[0]), MediaDirection::sendonly);
  EXPECT_EQ(direction_of(session->answer, session->answer.media()[0]), MediaDirection::recvonly);
}

}  // namespace
}  // namespace vialens

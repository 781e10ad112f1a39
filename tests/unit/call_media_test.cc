// The model of a call's media: what was agreed to, and which stream belongs to whom.
#include "userspace/call/call_media.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

class CallMediaTest : public testing::Test {
 protected:
  void say(const std::string& text, bool from_phone, TapId tap = Story::kWan) {
    texts.push_back(text);
    sip::Message::parse(texts.back(), message);
    const Endpoint phone = endpoint(tap == Story::kLan ? kPhone : kRouter), server = endpoint(kServer);
    const Endpoint& from = from_phone ? phone : server;
    const Endpoint& to = from_phone ? server : phone;
    media.observe(taps[tap], now(), from, to, message, message.call_id());
    const Session* const session = offers.observe(taps[tap], now(), from, to, message, message.call_id());
    if (session != nullptr) media.observe(*session, message, false);
    clock += 0.01;
  }
  void call(TapId tap = Story::kWan, std::string_view phone = "192.168.1.33", std::string_view line = "") {
    const std::string more(line);
    say(invite().body("application/sdp", sdp(phone, 40000) + more), true, tap);
    say(ok(invite()).body("application/sdp", sdp("198.51.100.20", 30000)), false, tap);
  }
  CallMedia::Joined flow(std::string_view from, std::string_view to, std::uint64_t packets, std::uint32_t ssrc = 1,
                         TapId tap = Story::kWan, double first = 0, const FlowCounts* told = nullptr) {
    Flow flow;
    flow.tap = tap;
    flow.source = endpoint(from);
    flow.destination = endpoint(to);
    flow.ssrc = ssrc;
    flow.first = first == 0 ? now() : time_of(first);
    flow.last = now();
    flow.packets = packets;
    flow.believed = true;
    clock += 0.01;
    return media.observe(flow, told);
  }
  Time now() const { return time_of(clock); }
  const CallMedium& the_call() const { return *media.find(message.call_id()); }
  const Way& way(Party to, Place place = Place::outside) const { return the_call().of(place).to[index(to)]; }

  std::vector<TapInfo> taps = two_taps();
  CallMedia media{taps};
  OfferAnswer offers;
  sip::Message message;
  std::deque<std::string> texts;
  double clock = 1;
};

TEST_F(CallMediaTest, ExpectsWhatBothAgreedTo) {
  call();
  EXPECT_TRUE(the_call().expects(Party::caller));
  EXPECT_TRUE(the_call().expects(Party::callee));
  EXPECT_FALSE(the_call().held);
}

TEST_F(CallMediaTest, ExpectsNothingTowardsWhoOnlySends) {
  call(Story::kWan, "192.168.1.33", "a=sendonly\r\n");
  EXPECT_FALSE(the_call().expects(Party::caller));
  EXPECT_TRUE(the_call().expects(Party::callee));
  EXPECT_TRUE(the_call().held);
}

TEST_F(CallMediaTest, ExpectsNothingTowardsNowhere) {
  call(Story::kWan, "0.0.0.0");
  EXPECT_FALSE(the_call().expects(Party::caller));
  EXPECT_TRUE(the_call().expects(Party::callee));
}

TEST_F(CallMediaTest, KnowsAStreamByItsAnnouncedEndThenByWhereTheOtherOneComesFrom) {
  call();
  flow("203.0.113.5:61000", "198.51.100.20:30000", 60);  // to the one that was announced
  EXPECT_EQ(way(Party::callee).packets, 60U);
  flow("198.51.100.77:9999", "203.0.113.5:61000", 70, 2);  // to where that one came from
  EXPECT_EQ(way(Party::caller).packets, 70U);
  EXPECT_TRUE(way(Party::caller).learned);
}

TEST_F(CallMediaTest, KnowsAStreamByItsSsrcAndTheEndThatBothSidesShare) {
  call(Story::kWan);
  flow("198.51.100.20:30000", "203.0.113.5:61000", 60, 7);
  flow("198.51.100.20:30000", "192.168.1.33:40000", 60, 7, Story::kLan);  // no signalling was seen there
  EXPECT_EQ(way(Party::caller, Place::inside).packets, 60U);
  flow("198.51.100.21:30000", "192.168.1.99:40000", 60, 7, Story::kLan);  // the same SSRC, and nothing else
  EXPECT_EQ(way(Party::caller, Place::inside).packets, 60U);
}

TEST_F(CallMediaTest, CountsNoPacketTwice) {
  call();
  flow("203.0.113.5:61000", "198.51.100.20:30000", 60);
  flow("203.0.113.5:61000", "198.51.100.20:30000", 90);
  EXPECT_EQ(way(Party::callee).packets, 90U);
  flow("203.0.113.5:61000", "198.51.100.20:30000", 10);  // the table had been full, and it begins anew
  EXPECT_EQ(way(Party::callee).packets, 100U);
}

TEST_F(CallMediaTest, KnowsWhatAFlowHadCountedBeforeTheCall) {
  clock = 100;
  call();
  FlowCounts told;
  told.packets = 40;
  const CallMedia::Joined joined = flow("203.0.113.5:61000", "198.51.100.20:30000", 60, 1, Story::kWan, 50, &told);
  EXPECT_EQ(way(Party::callee).packets, 20U);
  ASSERT_NE(joined.before, nullptr);
  EXPECT_EQ(joined.before->packets, 40U);
  EXPECT_EQ(flow("203.0.113.5:61000", "198.51.100.20:30000", 10, 1, Story::kWan, 150).before, nullptr);  // begins anew
}

TEST_F(CallMediaTest, ForgetsACallWithItsEndPoints) {
  call();
  flow("203.0.113.5:61000", "198.51.100.20:30000", 60);
  const std::string call_id(message.call_id());
  media.forget(call_id);
  EXPECT_EQ(media.find(call_id), nullptr);
  EXPECT_EQ(flow("203.0.113.5:61000", "198.51.100.20:30000", 90).call, nullptr);
  EXPECT_EQ(flow("198.51.100.20:30000", "203.0.113.5:61000", 90, 2).call, nullptr);
}

TEST_F(CallMediaTest, LetsRtcpSayWhatIsHeard) {
  call();
  RtcpSource source;
  source.tap = Story::kWan;
  source.source = endpoint("198.51.100.20:30001");
  source.destination = endpoint("203.0.113.5:61001");
  source.first = now();
  source.packets = source.sender_reports = 1;
  source.block_count = 1;
  source.blocks[0].ssrc = 1;
  source.blocks[0].reports = 1;
  source.blocks[0].first_highest = source.blocks[0].highest = 100;
  for (int i = 0; i < 2; ++i) {
    source.last = time_of(clock += 5);
    media.observe(source);
    EXPECT_EQ((*the_call().of(Place::outside).referee)[index(Party::callee)].hears == Time{}, i == 0);
    source.sender_reports = source.blocks[0].reports = 2;
    source.blocks[0].highest = 350;
  }
  const Referee& referee = (*the_call().of(Place::outside).referee)[index(Party::callee)];
  EXPECT_EQ(referee.hears, source.last);
  EXPECT_EQ(referee.about, 2U);
}

TEST_F(CallMediaTest, ForgetsAnOfferThatNobodyAnswers) {
  call();
  say(request("INVITE", {.to_tag = "314159", .cseq = 2}).body("application/sdp", sdp()), true);
  EXPECT_TRUE(the_call().offers);
  media.advance(time_of(clock + 60));
  EXPECT_FALSE(the_call().offers);
}

}  // namespace
}  // namespace vialens

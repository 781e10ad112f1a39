// Whether the box still rewrites SIP.
#include "userspace/crossing/rewriting.h"

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"

namespace vialens {
namespace {

using namespace test;

class RewritingTest : public testing::Test {
 protected:
  void cross(std::string_view phone, const std::string& entry, const std::string& exit) {
    sip::Message::parse(entry, entered);
    sip::Message::parse(exit, left);
    changes.clear();
    compare({entered, left}, changes);
    const Endpoint router = endpoint(kRouter), server = endpoint(kServer);
    const Sighting on_lan{&lan, time_of(now), Transport::udp, endpoint(phone), server, 0, false, &entered};
    const Sighting on_wan{&wan, time_of(now), Transport::udp, router, server, 0, false, &left};
    watch.observe({on_lan, on_wan, Direction::out, changes, entered.call_id()});
    now += 1;
  }
  void rewrite(std::string_view phone = kPhone) { cross(phone, invite(), outside(invite())); }
  void spare(int number, std::string_view phone = kPhone) {
    const std::string message = Text(invite()).set("CSeq", std::to_string(number) + " INVITE");
    cross(phone, message, message);
  }
  bool over() const { return watch.state().over; }

  TapInfo lan{0, "lan", "", Side::lan, Direction::unknown, ""}, wan{1, "wan", "", Side::wan, Direction::unknown, ""};
  RewritingWatch watch;
  sip::Message entered, left;
  std::vector<Change> changes;
  double now = 1;
};

TEST_F(RewritingTest, NothingIsOverThatNeverWas) {
  for (int i = 0; i < 20; ++i) spare(i);
  EXPECT_FALSE(over());
  EXPECT_EQ(watch.state().last, Time{});
}

TEST_F(RewritingTest, IsOverWhenEnoughIsLeftAloneThatWasRewritten) {
  rewrite();
  for (int i = 0; i < 5; ++i) spare(i);
  EXPECT_FALSE(over());
  for (int i = 0; i < 9; ++i) spare(4);  // sent again
  EXPECT_FALSE(over());
  spare(5);
  EXPECT_TRUE(over());
  EXPECT_EQ(watch.state().last, time_of(1));
  rewrite();
  EXPECT_FALSE(over()) << "and is not, when it begins again";
}

TEST_F(RewritingTest, MessagesOfAnotherKindSayNothing) {
  rewrite();
  for (int i = 0; i < 20; ++i) {
    const std::string message = Text(options()).set("CSeq", std::to_string(i) + " OPTIONS");
    cross(kPhone, message, message);
    cross(kPhone2, invite(), invite());
  }
  EXPECT_FALSE(over());
}

TEST_F(RewritingTest, APhoneThatIsStillRewrittenCountsForAll) {
  rewrite(kPhone);
  rewrite(kPhone2);
  for (int i = 0; i < 20; ++i) spare(i, kPhone);
  EXPECT_FALSE(over());
  for (int i = 0; i < 6; ++i) spare(i, kPhone2);
  EXPECT_TRUE(over());
}

TEST_F(RewritingTest, APhoneThatHasLongBeenSilentCountsNoMore) {
  rewrite(kPhone2);
  rewrite(kPhone);
  now += 601;
  for (int i = 0; i < 6; ++i) spare(i, kPhone);
  EXPECT_TRUE(over());
}

TEST_F(RewritingTest, StaysBounded) {
  for (int i = 0; i < 3000; ++i)
    rewrite("10.0." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + ":5060");
  for (int i = 0; i < 20; ++i) spare(i, "10.0.11.250:5060");
  EXPECT_FALSE(over());
}

}  // namespace
}  // namespace vialens

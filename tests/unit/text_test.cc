// Text from packets, for a terminal.
#include "userspace/sink/text.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

TEST(Text, IsShortenedAtItsEnd) {
  EXPECT_EQ(shorten("192.168.1.33", 12), "192.168.1.33");
  EXPECT_EQ(shorten("192.168.1.33:5060", 12), "192.168.1...");
  EXPECT_EQ(shorten("a\x1b"
                    "b",
                    10),
            "a\\x1bb");
  EXPECT_EQ(shorten("Zoë Müller-Lüdenscheidt", 13), "Zoë Müll...") << "not within a character";
}

TEST(Text, LeavesTwoValuesThatFitAsTheyAre) {
  const auto [before, after] = shorten_both("<sip:a@10.0.0.1>", "<sip:a@192.0.2.1>", 20);
  EXPECT_EQ(before, "<sip:a@10.0.0.1>");
  EXPECT_EQ(after, "<sip:a@192.0.2.1>");
}

TEST(Text, ShowsOfTwoLongValuesWhereTheyFirstDiffer) {
  const std::string lead = "SIP/2.0/UDP 192.168.77.10:5060;branch=z9hG4bK-" + std::string(60, 'b');
  for (const std::size_t width : {20U, 40U, 61U, 80U, 110U}) {
    for (const std::string tail : {"", ";alias=1", ";alias=1;keep;extension=" /* and more */}) {
      const auto [before, after] = shorten_both(lead + ";rport" + tail, lead + ";rport=5060" + tail, width);
      EXPECT_NE(before, after);
      EXPECT_NE(after.find("rport=5"), after.npos) << width << ": " << after;
      EXPECT_LE(before.size(), width);
      EXPECT_LE(after.size(), width);
      EXPECT_TRUE(before.starts_with("...")) << before;
    }
  }
}

TEST(Text, ShowsTheBeginningOfTwoLongValuesThatDifferThere) {
  const std::string rest(90, 'x');
  const auto [before, after] = shorten_both("<sip:a@10.0.0.1>" + rest, "<sip:a@192.0.2.1>" + rest, 40);
  EXPECT_EQ(before, "<sip:a@10.0.0.1>" + std::string(21, 'x') + "...");
  EXPECT_EQ(after, "<sip:a@192.0.2.1>" + std::string(20, 'x') + "...");
}

TEST(Text, ShowsWhatOneOfTwoValuesHasMore) {
  const std::string whole = std::string(100, 'x') + ";received=10.0.0.1";
  const auto [before, after] = shorten_both(whole, whole.substr(0, 100), 40);
  EXPECT_EQ(before, "..." + std::string(19, 'x') + ";received=10.0.0.1");
  EXPECT_EQ(after, "..." + std::string(19, 'x'));
  EXPECT_EQ(shorten_both("", whole, 40).first, "");
  EXPECT_EQ(shorten_both("", whole, 40).second, std::string(37, 'x') + "...");
}

TEST(Text, CutsNoCharacterOfTwoValues) {
  std::string lead;
  for (int i = 0; i < 50; ++i) lead += "ü";
  const auto [before, after] = shorten_both(lead + "a", lead + "ö", 30);
  EXPECT_EQ(printable(before), before);
  EXPECT_EQ(printable(after), after);
  EXPECT_NE(before, after);
  const auto [upper, lower] = shorten_both(lead + "Ä", lead + "ä", 30);  // their first bytes are the same
  EXPECT_EQ(printable(lower), lower);
  EXPECT_NE(upper, lower);
}

TEST(Text, CountsOneAsOne) {
  EXPECT_EQ(plural(0, "packet"), "0 packets");
  EXPECT_EQ(plural(1, "packet was", "packets were"), "1 packet was");
  EXPECT_EQ(plural(2, "packet was", "packets were"), "2 packets were");
}

}  // namespace
}  // namespace vialens

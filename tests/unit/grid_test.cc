#include "userspace/sink/grid.h"

#include <gtest/gtest.h>

#include "userspace/sink/text.h"

namespace vialens {
namespace {

Grid sample() {
  Grid grid({{"tap"}, {"packets", Grid::Kind::figure}, {"what", Grid::Kind::wide}});
  grid.add({{"lan"}, {"12"}, {"one two three"}});
  grid.add({{"wan0"}, {"7"}, {"-"}});
  return grid;
}

TEST(Grid, PutsFiguresToTheRight) {
  EXPECT_EQ(sample().text({}),
            "  tap   packets  what\n"
            "  lan        12  one two three\n"
            "  wan0        7  -\n");
}

TEST(Grid, TellsBelowTheRowWhatDoesNotFit) {
  EXPECT_EQ(sample().text({.width = 18}),
            "  tap   packets\n"
            "  lan        12\n"
            "      one two\n"
            "      three\n"
            "  wan0        7\n");
}

TEST(Grid, CutsTheWidestTextToTheTerminal) {
  Grid grid({{"from"}, {"to"}, {"packets", Grid::Kind::figure}});
  grid.add({{"somebody-with-a-long-name@example.com"}, {"short"}, {"123"}});
  const std::string text = grid.text({.width = 40});
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\n', at) - at, 40U) << text;
  EXPECT_NE(text.find("...  short      123\n"), std::string::npos) << text;
}

TEST(Grid, ObeysNothingFromPackets) {
  Grid grid({{"from"}});
  grid.add({{"\x1b[2Jx"}});
  EXPECT_EQ(grid.text({}), "  from\n  \\x1b[2Jx\n");
}

TEST(Coloured, KeepsLinesAndColours) {
  const std::string text = "\x1b[1;31mred\x1b[0m\tand\x1b[m\n\u2502 \u00fc \U0001f4de\n";
  EXPECT_EQ(coloured(text), text);
}

TEST(Coloured, ObeysNothingElse) {
  const std::string_view none = "\ufffd";
  const auto gone = [&](std::string_view text) { return std::string(none).append(text); };
  EXPECT_EQ(coloured("\x1b]0;title\x07"), gone("]0;title") + std::string(none));
  EXPECT_EQ(coloured("\x1b[2J"), gone("[2J"));
  EXPECT_EQ(coloured("\x1b[?25lx"), gone("[?25lx"));
  EXPECT_EQ(coloured("\x1b[38:5:1m"), gone("[38:5:1m"));  // digits and semicolons alone
  EXPECT_EQ(coloured("\x1b[31"), gone("[31"));            // whatever comes behind it
  EXPECT_EQ(coloured("\x1b[3\x1b[1mx"), gone("[3\x1b[1mx"));
  EXPECT_EQ(coloured("\x1b"), none);
  EXPECT_EQ(coloured("a\rb\bc\x7f"), "a\ufffdb\ufffdc\ufffd");
  EXPECT_EQ(coloured(std::string_view("\0", 1)), none);
  EXPECT_EQ(coloured("\u009b2J"), gone("2J"));   // CSI of C1
  EXPECT_EQ(coloured("\x9b\x32J"), gone("2J"));  // the same where a terminal reads bytes
  EXPECT_EQ(coloured("\u202egnp.exe"), gone("gnp.exe"));
}

TEST(Wrapped, BreaksWordsThatAreLongerThanALine) { EXPECT_EQ(wrapped("ab abcdefgh c", 4, 1), "ab\n abcd\n efgh\n c"); }

}  // namespace
}  // namespace vialens

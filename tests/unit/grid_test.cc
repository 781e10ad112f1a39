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

TEST(Wrapped, BreaksWordsThatAreLongerThanALine) { EXPECT_EQ(wrapped("ab abcdefgh c", 4, 1), "ab\n abcd\n efgh\n c"); }

}  // namespace
}  // namespace vialens

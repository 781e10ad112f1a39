// The E-model against values that G.107 and G.113 themselves give.
#include "userspace/call/mos.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

double mos(std::string_view codec, double loss, double burst_ratio = 1, int delay_ms = 0) {
  return estimate_mos({codec, loss, burst_ratio, std::chrono::milliseconds(delay_ms)}).value_or(0);
}

TEST(MosTest, IsThatOfG107WithoutImpairment) {
  EXPECT_NEAR(mos("PCMU", 0), 4.41, 0.005);  // R = 93.2
  EXPECT_NEAR(mos("pcma", 0), 4.41, 0.005);
}

TEST(MosTest, CountsTheCodec) {
  EXPECT_NEAR(mos("G729", 0), 4.10, 0.02);  // R = 82.2
  EXPECT_NEAR(mos("G723", 0), 3.95, 0.03);  // R = 78.2
}

TEST(MosTest, CountsLoss) {
  // R = 93.2 - 95 * 1 / 26.1 and so on.
  EXPECT_NEAR(mos("PCMU", 0.01), 4.32, 0.02);
  EXPECT_NEAR(mos("PCMU", 0.05), 3.90, 0.03);
  EXPECT_NEAR(mos("PCMU", 1), 1.0, 0.3);
  EXPECT_LT(mos("G729", 0.05), mos("G729", 0.01));
}

TEST(MosTest, CountsLossInBurstsForMore) { EXPECT_LT(mos("PCMU", 0.05, 3), mos("PCMU", 0.05)); }

TEST(MosTest, CountsDelay) {
  EXPECT_LT(mos("PCMU", 0, 1, 400), mos("PCMU", 0, 1, 100));
  EXPECT_GT(mos("PCMU", 0, 1, 100), 4.3);
}

TEST(MosTest, SaysNothingOfACodecWithoutFigures) {
  EXPECT_FALSE(estimate_mos({.codec = "opus"}));
  EXPECT_FALSE(estimate_mos({}));
}

TEST(MosTest, StaysWithinItsScale) {
  for (const double loss : {-1.0, 0.0, 0.5, 1.0, 7.0})
    for (const int delay : {-5, 0, 100000}) {
      EXPECT_GE(mos("PCMU", loss, 0, delay), 1.0);
      EXPECT_LE(mos("PCMU", loss, 0, delay), 4.5);
    }
}

}  // namespace
}  // namespace vialens

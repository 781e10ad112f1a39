#include "userspace/core/memory.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

TEST(Memory, KeepsWhatIsTouchedWhenItBeginsAnew) {
  Memory<int> memory(4);
  memory[0] = 7;
  for (std::size_t key = 1; key < 50; ++key) {
    memory[key] = static_cast<int>(key);
    ASSERT_NE(memory.find(0), nullptr) << key;  // at every filling, also exactly full
    EXPECT_EQ(*memory.find(0), 7) << key;
    EXPECT_EQ(memory[key], static_cast<int>(key));
  }
}

TEST(Memory, ForgetsWhatIsNotTouched) {
  Memory<int> memory(4);
  memory[0] = 7;
  for (std::size_t key = 1; key < 9; ++key) memory[key] = 1;
  EXPECT_EQ(memory.find(0), nullptr);
  EXPECT_EQ(memory.peek(0), nullptr);
}

TEST(Memory, FindsNothingItWasNotGiven) {
  Memory<int> memory(2);
  EXPECT_EQ(memory.find(1), nullptr);
  memory[1] = 1;
  memory.erase(1);
  EXPECT_EQ(memory.find(1), nullptr);
}

}  // namespace
}  // namespace vialens

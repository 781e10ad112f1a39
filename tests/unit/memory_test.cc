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

TEST(Memory, CountsWhatItForgets) {
  Memory<int> memory(4);
  for (std::size_t key = 0; key < 8; ++key) memory[key] = 1;
  EXPECT_EQ(memory.evicted(), 0U);
  EXPECT_EQ(memory.size(), memory.capacity());
  memory.find(0);  // is kept, and 1 to 3 go
  EXPECT_EQ(memory.evicted(), 3U);
  EXPECT_EQ(memory.size(), 5U);
  memory[8] = 1;
  EXPECT_EQ(memory.evicted(), 3U);
  EXPECT_EQ(memory.size(), 6U);
}

TEST(Memory, IsCountedByTheTallyThatIsOpenWhenItIsMade) {
  const Memory<int> before(4);
  MemoryTally tally;
  Memory<int> one(4), other(2), apart(2, nullptr);
  {
    MemoryTally inner;
    const Memory<int> hers(100);
    EXPECT_EQ(inner.capacity(), 200U);
  }
  tally.close();
  EXPECT_EQ(MemoryTally::open(), nullptr);
  const Memory<int> after(4);
  for (std::size_t key = 0; key < 9; ++key) one[key] = other[key] = apart[key] = 1;
  one.erase(8);
  one.erase(8);
  EXPECT_EQ(tally.capacity(), 8U + 4U);
  EXPECT_EQ(tally.size(), one.size() + other.size());
  EXPECT_EQ(tally.evicted(), one.evicted() + other.evicted());
  EXPECT_EQ(one.evicted(), 4U);
  EXPECT_GT(other.evicted(), 0U);
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

// A history that cannot be as it should: too large, too old, corrupt, of somebody else, locked, on a full disk.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/history_fixture.h"
#include "userspace/history/schema.h"

namespace vialens {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HistoryTroubleTest : public HistoryFixture {
 protected:
  static void a_second_passes(History& history) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));  // after which it tries again
    history.on_status(a_summary(two_reports()));
  }
};

TEST_F(HistoryTroubleTest, StaysBelowItsSize) {
  History::Options small = options();
  small.most_bytes = HistoryFile::kLeastBytes;
  History history(small);
  std::uintmax_t most = 0;
  constexpr int kFindings = 20000;  // more than 30 MiB
  for (int i = 0; i < kFindings; ++i) {
    Finding one = finding("alg-contact", std::to_string(i));
    one.detail = std::string(1000, 'x');
    history.on_finding(one);
    if (i % 500 == 0) {
      history.on_status(a_summary(two_reports()));
      most = std::max(most, bytes());
    }
  }
  history.on_status(a_summary(two_reports()));
  most = std::max(most, bytes());
  EXPECT_LE(most, HistoryFile::kLeastBytes);
  const auto kept = findings({.limit = 100000});
  EXPECT_EQ(kept.front(), std::to_string(kFindings - 1));
  EXPECT_EQ(kept.back(), std::to_string(kFindings - static_cast<int>(kept.size())));  // the oldest went
  EXPECT_GT(kept.size(), 500U);
  EXPECT_EQ(history.fill().evictions, 0U);
  EXPECT_EQ(log.str(), "");
}

TEST_F(HistoryTroubleTest, ShrinksWhereItsLimitWasLowered) {
  {
    History history(options());
    for (int i = 0; i < 8000; ++i) {
      Finding one = finding("alg-contact", std::to_string(i));
      one.detail = std::string(1000, 'x');
      history.on_finding(one);
      if (i % 1000 == 0) history.on_status(a_summary(two_reports()));
    }
  }
  ASSERT_GT(bytes(), 10U << 20U);
  History history(options());
  history.set_bounds(HistoryFile::kLeastBytes, std::chrono::days(30));
  history.on_status(a_summary(two_reports()));
  EXPECT_LE(bytes(), HistoryFile::kLeastBytes);
  EXPECT_EQ(findings({.limit = 1}), std::vector<std::string>{"7999"});
}

TEST_F(HistoryTroubleTest, ForgetsWhatIsTooOld) {
  {
    History history(options());
    for (int days : {31, 29, 1}) {
      Call one = call(std::to_string(days));
      one.started = now() - std::chrono::days(days);
      history.on_call(one);
    }
  }
  const History history(options());
  EXPECT_THAT(calls({}), ElementsAre("1", "29"));
}

TEST_F(HistoryTroubleTest, KeepsNothingThatIsTooLong) {
  History history(options());
  Finding endless = finding("alg-contact", "endless");
  endless.detail = std::string(HistoryFile::kLongestRow, 'x');
  history.on_finding(endless);
  history.on_finding(finding("alg-contact", "short"));
  EXPECT_THAT(findings({}), ElementsAre("short"));
  EXPECT_EQ(history.fill().evictions, 1U);
}

TEST_F(HistoryTroubleTest, MovesACorruptFileAside) {
  for (int i = 0; i < 2; ++i) {
    std::ofstream(path) << "this is no database, and long enough to be looked at as one: " << std::string(4096, 'x');
    History history(options());
    history.on_finding(finding("alg-contact", "one"));
    EXPECT_THAT(findings({}), ElementsAre("one"));
  }
  EXPECT_EQ(logged("is corrupt"), 2U);
  EXPECT_THAT(files(), ElementsAre("history.db", testing::StartsWith("history.db.corrupt-20")));  // only the last
}

TEST_F(HistoryTroubleTest, FindsABrokenPageInAFileThatLooksSound) {
  {
    History history(options());
    for (int i = 0; i < 200; ++i) history.on_finding(finding("alg-contact", std::to_string(i)));
  }
  std::fstream(path, std::ios::in | std::ios::out).seekp(4096 * 5) << std::string(4096, '\xa5');
  History history(options());
  EXPECT_EQ(logged("is corrupt"), 1U);
  history.on_finding(finding("alg-contact", "new"));
  EXPECT_THAT(findings({}), ElementsAre("new"));
}

TEST_F(HistoryTroubleTest, BeginsAnewWhereTheFileBreaksOrGoesWhileItIsUsed) {
  History history(options());
  history.on_finding(finding("alg-contact", "one"));
  fs::remove(path);
  history.on_finding(finding("alg-contact", "two"));
  EXPECT_THAT(findings({}), ElementsAre("two"));
}

TEST_F(HistoryTroubleTest, LeavesTheFileOfALaterVialensAlone) {
  {
    Database later(path, Database::Mode::read_write, 0);
    migrate(later);
    later.execute("PRAGMA user_version = 99");
  }
  History history(options());
  history.on_finding(finding("alg-contact", "one"));
  EXPECT_EQ(logged("was written by a later vialens"), 1U);
  EXPECT_EQ(history.fill().entries, 0U);
  EXPECT_EQ(Database(path, Database::Mode::read_only, 0).integer("SELECT count(*) FROM entries"), 0);
  EXPECT_THAT(error_of<InputError>([&] { reader().calls({}); }), HasSubstr("update vialens"));
}

TEST_F(HistoryTroubleTest, RefusesWhatCannotBeAHistory) {
  { Database(path, Database::Mode::read_write, 0).execute("CREATE TABLE songs (title)"); }
  EXPECT_THAT(error_of<InputError>([&] { History history(options()); }), HasSubstr("the database of another program"));
  EXPECT_THAT(files(), ElementsAre("history.db"));
  path = "/nowhere/at/all/history.db";
  EXPECT_THAT(error_of<InputError>([&] { History history(options()); }),
              HasSubstr("/nowhere/at/all: No such file or directory; create the directory"));
  path = "/dev/null";
  EXPECT_THAT(error_of<InputError>([&] { History history(options()); }), HasSubstr("it is no file"));
  path = folder.string();
  EXPECT_THAT(error_of<InputError>([&] { History history(options()); }), HasSubstr("it is no file"));
  path = "/proc/vialens.db";
  EXPECT_THAT(error_of<InputError>([&] { History history(options()); }), HasSubstr("cannot keep a history"));
}

TEST_F(HistoryTroubleTest, WaitsForALockAndSaysSoOnceAMinute) {
  History history(options());
  Database other(path, Database::Mode::read_write, 0);
  other.execute("BEGIN IMMEDIATE");
  history.on_finding(finding("alg-contact", "one"));
  a_second_passes(history);
  EXPECT_EQ(logged("another process has locked it"), 1U);
  EXPECT_EQ(history.fill().entries, 1U);
  EXPECT_THAT(findings({}), IsEmpty());
  other.execute("COMMIT");
  a_second_passes(history);
  EXPECT_THAT(findings({}), ElementsAre("one"));
  EXPECT_EQ(logged("is being written again"), 1U);
}

TEST_F(HistoryTroubleTest, StartsWithAFileThatIsLocked) {
  { const History history(options()); }
  auto other = std::make_unique<Database>(path, Database::Mode::read_write, 0);
  other->execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  History history(options());
  history.on_finding(finding("alg-contact", "one"));
  EXPECT_EQ(logged("another process has locked it"), 1U);
  other.reset();
  a_second_passes(history);
  EXPECT_THAT(findings({}), ElementsAre("one"));
}

TEST_F(HistoryTroubleTest, DropsTheOldestOfTooMuchThatWaits) {
  History history(options());
  Database other(path, Database::Mode::read_write, 0);
  other.execute("BEGIN IMMEDIATE");
  for (int i = 0; i < 12000; ++i) history.on_finding(finding("alg-contact", std::to_string(i)));
  const TableFill fill = history.fill();
  EXPECT_LE(fill.entries, fill.capacity);
  EXPECT_EQ(fill.evictions, 12000 - fill.entries);
  other.execute("COMMIT");
  a_second_passes(history);
  EXPECT_EQ(findings({.limit = 1}), std::vector<std::string>{"11999"});
}

TEST_F(HistoryTroubleTest, KeepsItsLogShortBesideAReaderThatNeverEnds) {
  History::Options small = options();
  small.most_bytes = HistoryFile::kLeastBytes;
  History history(small);
  history.on_finding(finding("alg-contact", "first"));
  {
    Database endless(path, Database::Mode::read_only, 0);
    Statement reading(endless, "SELECT count(*) FROM entries");
    endless.execute("BEGIN");
    ASSERT_TRUE(reading.step());
    for (int i = 0; i < 3000; ++i) {
      Finding one = finding("alg-contact", std::to_string(i));
      one.detail = std::string(1000, 'x');
      history.on_finding(one);
      if (i % 100 == 0) history.on_status(a_summary(two_reports()));
    }
    EXPECT_LE(bytes(), HistoryFile::kLeastBytes);
    EXPECT_EQ(logged("keeps reading from it"), 1U);
  }
  a_second_passes(history);
  EXPECT_EQ(logged("is being written again"), 1U);
  EXPECT_EQ(findings({.limit = 1}), std::vector<std::string>{"2999"});
}

class FullDiskTest : public HistoryTroubleTest {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=2m") != 0)
      GTEST_SKIP() << "a disk of its own needs root";
  }
  void TearDown() override { umount(folder.c_str()); }

  // Takes what is left of the disk.
  void fill_disk() const {
    std::ofstream filler(folder / "filler");
    const std::string block(1024, 'x');
    while (filler << block << std::flush) {
    }
  }
  void free_disk() const { fs::remove(folder / "filler"); }
};

TEST_F(FullDiskTest, WarnsKeepsWatchingAndRecovers) {
  History history(options());
  history.on_finding(finding("alg-contact", "before"));
  fill_disk();
  for (int i = 0; i < 200; ++i) {
    Finding one = finding("alg-contact", "during");
    one.detail = std::string(1000, 'x');
    history.on_finding(one);
  }
  a_second_passes(history);
  EXPECT_EQ(logged("the disk is full"), 1U) << log.str();
  EXPECT_GT(history.fill().entries, 0U);
  free_disk();
  history.on_finding(finding("alg-contact", "after"));
  a_second_passes(history);
  EXPECT_EQ(history.fill().entries, 0U);
  EXPECT_EQ(logged("is being written again; 0 entries were dropped"), 1U) << log.str();
  EXPECT_THAT(findings({.limit = 1000}), SizeIs(202));
}

TEST_F(FullDiskTest, StartsOnADiskThatIsFull) {
  fill_disk();
  History history(options());
  history.on_finding(finding("alg-contact", "one"));
  EXPECT_EQ(logged("cannot write the history"), 1U);
  free_disk();
  a_second_passes(history);
  EXPECT_THAT(findings({}), ElementsAre("one"));
}

}  // namespace
}  // namespace vialens

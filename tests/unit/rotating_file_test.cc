#include "userspace/sink/rotating_file.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/unit/sink_fixture.h"
#include "userspace/core/error.h"
#include "userspace/sink/json_lines.h"

namespace vialens::test {
namespace {

namespace fs = std::filesystem;

class RotatingFileTest : public testing::Test {
 protected:
  RotatingFileTest() : folder_(fs::temp_directory_path() / ("vialens-rotating-" + std::to_string(getpid()))) {
    fs::create_directory(folder_);
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  ~RotatingFileTest() override {
    spdlog::set_default_logger(before_);
    fs::remove_all(folder_);
  }
  std::string path() const { return folder_ / "lines.json"; }
  std::string text(const std::string& suffix = "") const {
    std::ifstream stream(path() + suffix);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  fs::path folder_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(RotatingFileTest, KeepsSoManyOldFilesAndNoLineIsSplit) {
  RotatingFile file({path(), 10, 2});
  for (const char* line : {"one\n", "two\n", "three\n", "four\n", "five\n", "a line longer than all\n"})
    file.write(line);
  EXPECT_EQ(text(), "a line longer than all\n");
  EXPECT_EQ(text(".1"), "four\nfive\n");
  EXPECT_EQ(text(".2"), "three\n");
  EXPECT_FALSE(fs::exists(path() + ".3"));
  EXPECT_EQ(file.stats().lines, 6U);
  EXPECT_EQ(file.stats().rotations, 3U);
}

TEST_F(RotatingFileTest, GoesOnWhereItEnded) {
  RotatingFile({path(), 10, 1}).write("12345\n");
  RotatingFile file({path(), 10, 1});
  file.write("67\n");
  EXPECT_EQ(text(), "12345\n67\n");
  file.write("89\n");
  EXPECT_EQ(text(".1"), "12345\n67\n");
}

TEST_F(RotatingFileTest, IsOpenedAnewWhenAskedFor) {
  RotatingFile file({path(), 0, 0});
  file.write("old\n");
  fs::rename(path(), path() + ".away");
  file.write("still old\n");
  file.reopen();
  file.write("new\n");
  EXPECT_EQ(text(".away"), "old\nstill old\n");
  EXPECT_EQ(text(), "new\n");
}

// A limit on the size of files is as good as a full disk: a write beyond it is cut short, and the next one fails.
TEST_F(RotatingFileTest, CountsWhatFindsNoRoomAndGoesOnWhenThereIs) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  RotatingFile file({path(), 0, 0});
  file.write("fits\n");
  rlimit small = before;
  small.rlim_cur = 8;
  setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 3; ++i) file.write("does not fit\n");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(text(), "fits\n");
  EXPECT_EQ(file.stats().dropped, 3U);
  const std::string said = log_.str();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;  // once a minute
  file.write("fits again\n");
  EXPECT_EQ(text(), "fits\nfits again\n");
  EXPECT_EQ(file.stats().lines, 2U);
}

TEST_F(RotatingFileTest, SaysWhatToDoWhereItCannotWrite) {
  try {
    RotatingFile({"/nowhere/lines.json"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "cannot write to /nowhere/lines.json: No such file or directory; name a file in a folder that is there and "
        "writable");
  }
}

TEST_F(RotatingFileTest, TakesJsonLines) {
  RotatingFile file({path()});
  JsonLines sink([&](std::string_view line) { file.write(line); });
  sink.on_finding(a_finding());
  sink.on_call(a_call());
  EXPECT_EQ(file.stats().lines, 2U);
  EXPECT_TRUE(text().starts_with("{\"type\":\"finding\""));
}

}  // namespace
}  // namespace vialens::test

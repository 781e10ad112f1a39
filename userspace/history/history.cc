#include "userspace/history/history.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "userspace/core/error.h"
#include "userspace/history/schema.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostWaiting = 10000, kMostWaitingBytes = 8UL << 20U;
constexpr unsigned kCommitsASecond = 50;
constexpr std::chrono::seconds kFlushEvery{1}, kRetryEvery{1};
constexpr std::chrono::minutes kComplainEvery{1}, kForgetEvery{1};

// What may be over in a while.
bool passes(const SqliteError& error) {
  return error.busy() || error.code() == SQLITE_FULL || error.code() == SQLITE_IOERR || error.code() == SQLITE_NOMEM;
}

std::string cause_of(const SqliteError& error) {
  if (error.code() == SQLITE_BUSY) return fmt::format("another process has locked it ({})", error.what());
  if (error.code() == SQLITE_FULL) return "the disk is full";
  return error.what();
}

// As it is, it could never be written: said before anything is watched.
void check_place(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw InputError(fmt::format("cannot keep a history in {}: it is no file; name one with --history", path.string()));
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (access(directory.c_str(), W_OK | X_OK) == 0) return;
  const std::error_code error(errno, std::generic_category());
  throw InputError(
      fmt::format("cannot keep a history in {}: {}: {}; create the directory and let vialens write to it, or name "
                  "another file with "
                  "--history",
                  path.string(), directory.string(), error.message()));
}

bool settled(RegistrationState state) {
  return state != RegistrationState::asked && state != RegistrationState::challenged;
}

}  // namespace

History::History(Options options)
    : options_(std::move(options)), most_bytes_(options_.most_bytes), longest_(options_.longest.count()) {
  check_place(options_.path);
  try {
    open();
  } catch (const SqliteError& error) {
    if (!passes(error))
      throw InputError(
          fmt::format("cannot keep a history in {}: {}; let vialens write to it, or name another file with "
                      "--history",
                      options_.path, error.what()));
    complain(cause_of(error));
  } catch (const NoHistory& error) {
    throw InputError(error.what());
  }
  forget_old();
}

History::~History() {
  retry_ = {};
  flush();
  if (!waiting_.empty()) spdlog::warn("{} of the history are lost", plural(waiting_.size(), "entry", "entries"));
}

TableFill History::fill() const { return {"history", waiting_count_, kMostWaiting, dropped_}; }

void History::set_bounds(std::uint64_t most_bytes, Duration longest) {
  most_bytes_ = most_bytes;
  longest_ = longest.count();
}

void History::open() {
  try {
    file_ = std::make_unique<HistoryFile>(options_.path, most_bytes_);
  } catch (const HistoryTooNew& error) {
    spdlog::warn("{}; watching goes on without a history", error.what());
    off_ = true;
  } catch (const SqliteError& error) {
    if (!error.corrupt()) throw;
    move_aside(error.what());
    file_ = std::make_unique<HistoryFile>(options_.path, most_bytes_);
  }
}

void History::move_aside(std::string_view why) {
  file_.reset();
  const fs::path path = options_.path;
  const std::string prefix = path.filename().string() + ".corrupt-";
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code ignored;
  std::vector<fs::path> earlier;  // a flash that fails again and again must not fill itself with these
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    if (entry.path().filename().string().starts_with(prefix)) earlier.push_back(entry.path());
  for (const fs::path& one : earlier) fs::remove(one, ignored);

  const Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const fs::path aside = directory / (prefix + to_rfc3339(now).substr(0, 19) + 'Z');
  std::error_code failed;
  fs::rename(path, aside, failed);
  if (failed)
    throw SqliteError(SQLITE_IOERR, fmt::format("it is corrupt ({}), and moving it aside to {} failed: {}", why,
                                                aside.string(), failed.message()));
  fs::rename(path.string() + "-wal", aside.string() + "-wal", ignored);
  fs::remove(path.string() + "-shm", ignored);
  spdlog::warn("the history {} is corrupt ({}): it was moved to {}, and a new one is begun", path.string(), why,
               aside.string());
}

void History::complain(std::string_view why) {
  const Clock::time_point now = Clock::now();
  retry_ = now + kRetryEvery;
  if (!trouble_) dropped_before_ = dropped_;
  if (trouble_ && now - complained_ < kComplainEvery) return;
  trouble_ = true;
  complained_ = now;
  spdlog::warn("cannot write the history {}: {}; watching goes on, {} in memory, {} were dropped", options_.path, why,
               plural(waiting_.size(), "entry waits", "entries wait"), dropped_ - dropped_before_);
}

void History::keep(Row row) {
  if (off_) return;
  if (row.bytes() > HistoryFile::kLongestRow) {
    ++dropped_;
    return;
  }
  waiting_bytes_ += row.bytes();
  waiting_.push_back(std::move(row));
  while (waiting_.size() > kMostWaiting || waiting_bytes_ > kMostWaitingBytes) {
    waiting_bytes_ -= waiting_.front().bytes();
    waiting_.pop_front();
    ++dropped_;
  }
  waiting_count_ = waiting_.size();
}

void History::write_all() {
  if (file_ && !file_->is_there()) file_.reset();
  if (!file_) open();
  if (off_) return;
  file_->limit(most_bytes_);
  while (!waiting_.empty()) {
    for (std::size_t written = file_->write(waiting_); written != 0; --written) {
      waiting_bytes_ -= waiting_.front().bytes();
      waiting_.pop_front();
    }
    waiting_count_ = waiting_.size();
  }
}

void History::flush() {
  const Clock::time_point now = Clock::now();
  if (off_ || now < retry_) return;
  flushed_ = now;
  try {
    try {
      write_all();
    } catch (const SqliteError& error) {
      if (!error.corrupt() || !file_) throw;
      move_aside(error.what());
      write_all();
    }
    if (std::exchange(trouble_, false))
      spdlog::info("the history {} is being written again; {} dropped meanwhile", options_.path,
                   plural(dropped_ - dropped_before_, "entry was", "entries were"));
  } catch (const SqliteError& error) {
    complain(cause_of(error));
  } catch (const NoHistory& error) {
    complain(error.what());
  }
}

void History::flush_if_due() {
  if (Clock::now() - flushed_ >= kFlushEvery) flush();
}

void History::forget_old() {
  const Clock::time_point now = Clock::now();
  if (!file_ || (forgot_ != Clock::time_point{} && now - forgot_ < kForgetEvery)) return;
  forgot_ = now;
  try {
    file_->forget_before(std::chrono::system_clock::now() - Duration(longest_));
  } catch (const SqliteError& error) {
    complain(cause_of(error));
  }
}

void History::on_finding(const Finding& finding) {
  keep(row_of(finding));
  const Clock::time_point now = Clock::now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    commits_ = 0;
  }
  if (++commits_ <= kCommitsASecond)
    flush();
  else
    flush_if_due();
}

void History::on_call(const Call& call) {
  keep(row_of(call));
  flush_if_due();
}

// A phone that registers again is asked, perhaps challenged, and registered as before: only what comes of it is kept.
void History::on_registration(const Registration& registration) {
  if (!settled(registration.state)) return;
  keep(row_of(registration));
  flush_if_due();
}

void History::on_summary(const Summary&) { flush(); }

void History::on_status(const Summary&) {
  flush();
  forget_old();
}

}  // namespace vialens

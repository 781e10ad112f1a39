#include "userspace/history/history_file.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "userspace/history/schema.h"

namespace vialens {
namespace {

// A lock that lasts longer is waited for outside, with what is to be written in memory.
constexpr int kPatienceMs = 100;

// So many rows are deleted at once: a transaction that fits the log.
constexpr std::int64_t kForgottenAtOnce = 100;

// 0 where there is no such file.
std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::int64_t asked(Statement& question) {
  const std::int64_t answer = question.step() ? question.integer(0) : 0;
  question.reset();
  return answer;
}

}  // namespace

HistoryFile::HistoryFile(std::string path, std::uint64_t most_bytes)
    : path_(std::move(path)), database_(path_, Database::Mode::read_write, kPatienceMs) {
  check_is_history(database_, path_);
  // A failing flash shows itself here, and not when a help desk asks.
  {
    Statement check(database_, "PRAGMA quick_check(1)");
    if (check.step() && check.text(0) != "ok") throw SqliteError(SQLITE_CORRUPT, std::string(check.text(0)));
  }
  database_.execute("PRAGMA auto_vacuum = INCREMENTAL");  // of a new file; before anything is written to it
  database_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  migrate(database_);
  page_bytes_ = database_.integer("PRAGMA page_size");
  const auto prepare = [&](std::string_view sql) { return std::make_unique<Statement>(database_, sql); };
  insert_ = prepare(
      "INSERT INTO entries (type, time, call_id, aor, caller, callee, state, findings, severity, confidence, sides, "
      "json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  latest_state_ = prepare("SELECT state FROM entries WHERE type = 3 AND aor = ? ORDER BY id DESC LIMIT 1");
  forget_oldest_ = prepare("DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?)");
  forget_old_ = prepare("DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE time < ? LIMIT ?)");
  page_count_ = prepare("PRAGMA page_count");
  free_pages_ = prepare("PRAGMA freelist_count");
  inode_ = inode_of(path_);
  limit(most_bytes);
}

bool HistoryFile::is_there() const { return inode_of(path_) == inode_; }

void HistoryFile::limit(std::uint64_t most_bytes) {
  const std::uint64_t bytes = std::max(most_bytes, kLeastBytes);
  if (bytes == most_bytes_) return;
  most_bytes_ = bytes;
  most_log_bytes_ = std::min<std::uint64_t>(bytes / 4, 4UL << 20U);
  // Half of the log's share, because it is looked at after a transaction.
  database_.execute(fmt::format("PRAGMA wal_autocheckpoint = {}; PRAGMA journal_size_limit = {}",
                                most_log_bytes_ / 2 / static_cast<std::uint64_t>(page_bytes_), most_log_bytes_ / 2));
  make_room();
}

std::uint64_t HistoryFile::log_bytes() const {
  struct stat status {};
  return stat((path_ + "-wal").c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// The log cannot be begun anew while somebody reads from it.
void HistoryFile::shorten_log() {
  if (log_bytes() <= most_log_bytes_ * 3 / 4) return;
  database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (log_bytes() > most_log_bytes_ * 3 / 4)
    throw SqliteError(SQLITE_BUSY, "another process keeps reading from it, and its log may not grow any more");
}

// Deletes until a batch fits, and gives pages back where the file is larger than it may be.
void HistoryFile::make_room() {
  const auto most_pages = static_cast<std::int64_t>(most_bytes_ - most_log_bytes_) / page_bytes_;
  // A batch is in the table and, in part, in its indexes.
  const std::int64_t batch_pages = 2 * static_cast<std::int64_t>(kBatchBytes) / page_bytes_;
  while (asked(*page_count_) - asked(*free_pages_) + batch_pages > most_pages) {
    shorten_log();
    forget_oldest_->bind(1, kForgottenAtOnce).run();
    if (database_.changes() == 0) break;
  }
  const auto over = [&] { return asked(*page_count_) - most_pages; };
  if (over() <= 0) return;
  for (std::int64_t before = over() + 1; over() > 0 && over() < before;) {
    before = over();
    shorten_log();
    database_.execute(fmt::format("PRAGMA incremental_vacuum({})", std::min(before, batch_pages)));
  }
  database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");  // the file becomes shorter only now
}

void HistoryFile::insert(const Row& row) {
  if (row.type == RowType::registration) {
    latest_state_->bind(1, row.aor);
    const bool known = latest_state_->step() && latest_state_->text(0) == row.state;
    latest_state_->reset();
    if (known) return;
  }
  insert_->bind(1, static_cast<std::int64_t>(row.type)).bind(2, row.time).bind(3, row.call_id).bind(4, row.aor);
  insert_->bind(5, row.caller).bind(6, row.callee).bind(7, row.state).bind(8, row.findings);
  if (row.severity)
    insert_->bind(9, static_cast<std::int64_t>(*row.severity));
  else
    insert_->bind_null(9);
  insert_->bind(10, row.confidence).bind(11, static_cast<std::int64_t>(row.sides)).bind(12, row.json).run();
}

std::size_t HistoryFile::write(const std::deque<Row>& rows) {
  shorten_log();
  make_room();
  WriteTransaction transaction(database_);
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < rows.size(); ++count) {
    bytes += rows[count].bytes();
    if (count != 0 && bytes > kBatchBytes) break;
    insert(rows[count]);
  }
  transaction.commit();
  return count;
}

void HistoryFile::forget_before(Time time) {
  do {
    shorten_log();
    forget_old_->bind(1, microseconds_of(time)).bind(2, kForgottenAtOnce).run();
  } while (database_.changes() == kForgottenAtOnce);
}

}  // namespace vialens

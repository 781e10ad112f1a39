// The file that the history is written to: rows in, the oldest out where it gets too large or too old.
//
// The file and its write-ahead log together stay below the limit: three quarters or more are for the file, the rest for
// the log. (SQLite's index of the log, FILE-shm, has 32 KiB more.) Pages of deleted rows are used again.
//
// A commit is in the hands of the kernel when write() returns, so a process that is killed loses nothing; a machine
// that loses its power may lose what was committed since the last checkpoint (synchronous=NORMAL), and never has a
// broken file.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "userspace/core/time.h"
#include "userspace/history/row.h"
#include "userspace/history/sqlite.h"

namespace vialens {

class HistoryFile {
 public:
  static constexpr std::uint64_t kLeastBytes = 4UL << 20U;
  // A row that is longer has no place in a history. What packets say is in it, so somebody may try.
  static constexpr std::size_t kLongestRow = 256UL << 10U;

  // Opens or creates it, looks whether it is sound, and brings it to the current version. Throws SqliteError,
  // HistoryTooNew or NoHistory.
  HistoryFile(std::string path, std::uint64_t most_bytes);

  // Writes the first rows in one transaction, and makes room for them before; returns how many. A registration that is
  // as it was is passed over, and counts.
  std::size_t write(const std::deque<Row>& rows);

  bool is_there() const;  // under its name: nobody has deleted or replaced it
  void forget_before(Time time);
  void limit(std::uint64_t most_bytes);

 private:
  static constexpr std::size_t kBatchBytes = kLongestRow;

  std::uint64_t log_bytes() const;
  void shorten_log();
  void make_room();
  void insert(const Row& row);

  std::string path_;
  std::uint64_t most_bytes_ = 0, most_log_bytes_ = 0;
  std::int64_t page_bytes_ = 0;
  std::uint64_t inode_ = 0;
  Database database_;
  // What follows is made once the table is there.
  std::unique_ptr<Statement> insert_, latest_state_, forget_oldest_, forget_old_, page_count_, free_pages_;
};

}  // namespace vialens

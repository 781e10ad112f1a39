// The little that is needed of SQLite, with owners: a database, a prepared statement, a transaction.
//
// Everything throws SqliteError, which says what SQLite says. Not thread-safe: whoever has a Database guards it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace vialens {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}

  int code() const noexcept { return code_; }  // the primary result code, SQLITE_FULL
  bool busy() const noexcept;                  // another process has locked it
  bool corrupt() const noexcept;               // it is no database, or no longer one
  bool no_permission() const noexcept;         // for the file, or for its log beside it

 private:
  int code_;
};

class Database;

// A statement that is prepared once and run often. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  // Text is copied by SQLite.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_null(int parameter);

  bool step();  // whether there is a row
  void run();   // to its end, and ready for the next time
  void reset() noexcept;

  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // until the next step()

 private:
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };

  // Waits for `patience_ms` for other processes, here and in every statement.
  Database(const std::string& path, Mode mode, int patience_ms);

  void execute(const std::string& sql);
  std::int64_t integer(std::string_view sql) const;  // the first column of the first row, 0 if there is none
  std::int64_t changes() const noexcept;             // rows that the last statement changed
  bool in_transaction() const noexcept;

  sqlite3* get() const noexcept { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// Rolled back unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(Database& database);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit();

 private:
  Database& database_;
};

}  // namespace vialens

#include "userspace/history/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

namespace vialens {
namespace {

[[noreturn]] void fail(sqlite3* database, int code) {
  throw SqliteError(code & 0xff, database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code));
}

// "file:/var/lib/a%3fb?immutable=1": a path as SQLite takes it apart again.
std::string uri_of(const std::string& path, std::string_view parameters) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view kDigits = "0123456789abcdef";
      uri += '%';
      uri += kDigits[static_cast<unsigned char>(c) >> 4U];
      uri += kDigits[static_cast<unsigned char>(c) & 15U];
    } else {
      uri += c;
    }
  }
  return uri.append(parameters);
}

bool exists(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

}  // namespace

bool SqliteError::busy() const noexcept { return code_ == SQLITE_BUSY || code_ == SQLITE_LOCKED; }

bool SqliteError::corrupt() const noexcept { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }

bool SqliteError::no_permission() const noexcept { return code_ == SQLITE_CANTOPEN || code_ == SQLITE_READONLY; }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Statement::Statement(const Database& database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) fail(database.get(), code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_.get()), code);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), parameter, text.data() == nullptr ? "" : text.data(), text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const std::string what = sqlite3_errmsg(sqlite3_db_handle(statement_.get()));
  reset();  // so that it holds no lock while somebody thinks about the error
  throw SqliteError(code & 0xff, what);
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Database::Database(const std::string& path, Mode mode, int patience_ms) {
  const auto open = [&](std::string_view parameters, int flags) {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(uri_of(path, parameters).c_str(), &database,
                                     flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) fail(database, code);
    sqlite3_busy_timeout(database, patience_ms);
  };
  if (mode == Mode::read_write) {
    open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    return;
  }
  open("", SQLITE_OPEN_READONLY);
  // The index of a write-ahead log can only be had by one who may write beside the file. Where there is no log, nobody
  // writes, and the file is all there is.
  try {
    integer("SELECT count(*) FROM sqlite_schema");
  } catch (const SqliteError& error) {
    if (!error.no_permission() || exists(path + "-wal")) throw;
    open("?immutable=1", SQLITE_OPEN_READONLY);
  }
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(database_.get(), code);
}

std::int64_t Database::integer(std::string_view sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const noexcept { return sqlite3_changes64(database_.get()); }

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(database_.get()) == 0; }

WriteTransaction::WriteTransaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

WriteTransaction::~WriteTransaction() {
  // Some errors have rolled it back already.
  if (database_.in_transaction()) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void WriteTransaction::commit() { database_.execute("COMMIT"); }

}  // namespace vialens

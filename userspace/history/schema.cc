#include "userspace/history/schema.h"

#include <fmt/format.h>

#include <iterator>

namespace vialens {
namespace {

// Each once and for all: what is here is in files out there. A change is one more.
constexpr std::string_view kMigrations[] = {
    // AUTOINCREMENT: a number is never given twice, so a cursor stays where it is whatever is deleted.
    R"(CREATE TABLE entries (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         type INTEGER NOT NULL,
         time INTEGER NOT NULL,
         call_id TEXT NOT NULL,
         aor TEXT NOT NULL,
         caller TEXT NOT NULL,
         callee TEXT NOT NULL,
         state TEXT NOT NULL,
         findings TEXT NOT NULL,
         severity INTEGER,
         sides INTEGER NOT NULL,
         json TEXT NOT NULL);
       CREATE INDEX entries_time ON entries (time);
       CREATE INDEX entries_aor ON entries (aor) WHERE type = 3;)",
    // Findings are asked for by how sure they are, and by their call.
    R"(ALTER TABLE entries ADD COLUMN confidence REAL NOT NULL DEFAULT 0;
       UPDATE entries SET confidence = json_extract(json, '$.confidence') WHERE type = 2;
       CREATE INDEX entries_call ON entries (call_id);)",
    // All that is asked for but the objects themselves, in the order of the answer: what few rows meet is looked for in
    // a tenth of the file, and rows are added at its end.
    R"(CREATE INDEX entries_asked ON entries
         (type, id, time, findings, state, severity, confidence, sides, caller, callee, aor, call_id);)",
};

static_assert(std::size(kMigrations) == kHistoryVersion);

}  // namespace

void check_is_history(const Database& database, const std::string& path) {
  const bool empty = database.integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && database.integer("PRAGMA application_id") != kHistoryApplication)
    throw NoHistory(fmt::format("{} is the database of another program: name another file with --history", path));
  if (const std::int64_t version = database.integer("PRAGMA user_version"); version > kHistoryVersion)
    throw HistoryTooNew(
        fmt::format("the history {} was written by a later vialens (its version is {}, the latest that is known here "
                    "{}): update vialens, or name another file with --history",
                    path, version, kHistoryVersion));
}

void migrate(Database& database, int version) {
  const std::int64_t is = database.integer("PRAGMA user_version");
  if (is >= version) return;
  WriteTransaction transaction(database);
  for (auto i = static_cast<std::size_t>(is); i < static_cast<std::size_t>(version); ++i)
    database.execute(std::string(kMigrations[i]));
  database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kHistoryApplication, version));
  transaction.commit();
}

}  // namespace vialens

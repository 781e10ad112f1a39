#include "userspace/history/history_reader.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <variant>
#include <vector>

#include "userspace/core/error.h"
#include "userspace/history/schema.h"
#include "userspace/history/sqlite.h"

namespace vialens {
namespace {

constexpr int kPatienceMs = 2000;
constexpr std::size_t kPageBytes = 4UL << 20U;  // and one row more
constexpr int kStepsBetweenLooks = 10'000;      // of SQLite's machine: some ten microseconds

// While it lives, a statement ends with SQLITE_INTERRUPT when the time is up.
class Deadline {
 public:
  Deadline(const Database& database, std::chrono::milliseconds longest) : database_(database.get()) {
    if (longest.count() != 0) sqlite3_progress_handler(database_, kStepsBetweenLooks, &is_over, this);
    end_ = Clock::now() + longest;
  }
  ~Deadline() { sqlite3_progress_handler(database_, 0, nullptr, nullptr); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  static int is_over(void* self) { return Clock::now() >= static_cast<const Deadline*>(self)->end_ ? 1 : 0; }

  sqlite3* database_;
  Clock::time_point end_;
};

// Conditions with what is bound to their question marks, in order.
class Query {
 public:
  using Value = std::variant<std::int64_t, double, std::string>;

  void add(std::string_view condition, std::vector<Value> values) {
    sql_ += fmt::format(" AND ({})", condition);
    for (Value& value : values) values_.push_back(std::move(value));
  }

  // One of several: each word meets the condition with as many question marks as it is repeated.
  void add_any(const std::vector<std::string>& words, std::string_view condition, int repeated) {
    std::vector<std::string_view> conditions(words.size(), condition);
    std::vector<Value> values;
    for (const std::string& word : words) values.insert(values.end(), static_cast<std::size_t>(repeated), word);
    add(fmt::format("{}", fmt::join(conditions, " OR ")), std::move(values));
  }

  Statement prepare(const Database& database) const {
    Statement statement(database, sql_);
    int parameter = 0;
    for (const Value& value : values_) std::visit([&](const auto& one) { statement.bind(++parameter, one); }, value);
    return statement;
  }

  void append(std::string_view sql, Value value) {
    sql_ += sql;
    values_.push_back(std::move(value));
  }

 private:
  std::string sql_ = "SELECT id, json FROM entries WHERE 1";
  std::vector<Value> values_;
};

// Of calls and registrations. What is in a history is over, but for bindings.
void add_states(Query& query, const std::vector<std::string>& states) {
  constexpr std::string_view kLive = "state IN ('calling', 'ringing', 'answered', 'registered')";
  query.add_any(states, fmt::format("CASE ? WHEN 'live' THEN {0} WHEN 'over' THEN NOT {0} ELSE state = ? END", kLive),
                2);
}

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

Query query_of(RowType type, const Filter& filter) {
  Query query;
  query.add("type = ?", {static_cast<std::int64_t>(type)});
  query.add("id < ?", {number(filter.before)});
  if (filter.since) query.add("time >= ?", {microseconds_of(*filter.since)});
  if (filter.until) query.add("time < ?", {microseconds_of(*filter.until)});
  if (!filter.call_id.empty()) query.add("call_id = ?", {filter.call_id});
  // Of the id, or of its family; see Row::findings.
  if (!filter.findings.empty())
    query.add_any(filter.findings, "instr(findings, ' ' || ? || ' ') OR instr(findings, ' ' || ? || '-')", 2);
  if (!filter.states.empty() && type != RowType::finding) add_states(query, filter.states);
  if (!filter.subscriber.empty()) {
    constexpr std::string_view kOf[] = {"lower(caller) || ' ' || lower(callee)", "lower(aor) || ' ' || lower(call_id)",
                                        "lower(aor)"};
    query.add(fmt::format("instr({}, lower(?))", kOf[static_cast<std::size_t>(type) - 1]), {filter.subscriber});
  }
  // Where a registration was seen nobody knows.
  if (filter.side && type != RowType::registration)
    query.add("sides & ?", {std::int64_t{1} << static_cast<unsigned>(*filter.side)});
  if (type == RowType::finding && filter.severity)
    query.add("severity = ?", {static_cast<std::int64_t>(*filter.severity)});
  if (type == RowType::finding && filter.confidence > 0) query.add("confidence >= ?", {filter.confidence});
  query.append(" ORDER BY id DESC LIMIT ?", number(std::min<std::uint64_t>(filter.limit, 1U << 30U)) + 1);
  return query;
}

Page<std::string> answer(const Database& database, RowType type, const Filter& filter) {
  Page<std::string> page;
  std::uint64_t last = 0;
  std::size_t bytes = 0;
  Statement statement = query_of(type, filter).prepare(database);
  while (statement.step()) {
    if (page.items.size() == filter.limit || bytes > kPageBytes) {
      page.next = last;
      break;
    }
    last = static_cast<std::uint64_t>(statement.integer(0));
    bytes += page.items.emplace_back(statement.text(1)).size();
  }
  return page;
}

}  // namespace

Page<std::string> HistoryReader::page(RowType type, const Filter& filter) const {
  const auto refuse = [this](std::string_view why) {
    return InputError(fmt::format("cannot read the history {}: {}", path_, why));
  };
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) throw refuse("there is none; `vialens run --history FILE` writes one");
  try {
    const Database database(path_, Database::Mode::read_only, kPatienceMs);
    check_is_history(database, path_);
    if (const std::int64_t version = database.integer("PRAGMA user_version"); version < kHistoryVersion)
      throw refuse(version == 0 ? "it is empty"
                                : "an earlier vialens wrote it; `vialens run --history` brings it up to date");
    const Deadline deadline(database, longest_);
    return answer(database, type, filter);
  } catch (const SqliteError& error) {
    if (error.code() == SQLITE_INTERRUPT)
      throw refuse(
          fmt::format("looking through it takes longer than {} s; ask for fewer at once, or read the file itself with "
                      "`vialens calls --history FILE`",
                      std::chrono::duration<double>(longest_).count()));
    if (error.busy()) throw refuse("another process has locked it; try again when it is done");
    if (error.corrupt())
      throw refuse(
          fmt::format("it is corrupt ({}); `vialens run --history` moves it aside and begins a new one", error.what()));
    throw refuse(error.no_permission() ? "no permission to read it, or to write the index of its log beside it; ask as "
                                         "the user that vialens runs as, or as root"
                                       : error.what());
  } catch (const HistoryTooNew& error) {
    throw InputError(error.what());
  } catch (const NoHistory& error) {
    throw InputError(error.what());
  }
}

}  // namespace vialens

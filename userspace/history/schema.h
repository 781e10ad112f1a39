// The table of a history file, and how files of older versions become those of this one.
//
// `user_version` is the number of the migrations that a file has seen, `application_id` says that it is ours.
#pragma once

#include <stdexcept>
#include <string>

#include "userspace/history/sqlite.h"

namespace vialens {

inline constexpr int kHistoryVersion = 3;
inline constexpr std::int64_t kHistoryApplication = 0x764c6e73;  // "vLns"

// A later vialens made the file: this one must not touch it.
class HistoryTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Somebody else's database.
class NoHistory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws HistoryTooNew or NoHistory, with a sentence. A new, empty file is a history.
void check_is_history(const Database& database, const std::string& path);

// Brings the file to kHistoryVersion (or to an older one, for tests), all or nothing.
void migrate(Database& database, int version = kHistoryVersion);

}  // namespace vialens

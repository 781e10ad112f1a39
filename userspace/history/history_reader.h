// Asks a history, while vialens writes to it or when it does not. Thread-safe: every question opens the file for
// itself, and none keeps it open, which would keep the writer from beginning its log anew.
#pragma once

#include <string>
#include <utility>

#include "userspace/board/filter.h"
#include "userspace/history/row.h"

namespace vialens {

class HistoryReader {
 public:
  explicit HistoryReader(std::string path) : path_(std::move(path)) {}

  // Pages of JSON objects without line ends, those of the JSON lines; the latest to arrive first: a call arrives when
  // it is over. A cursor stays where it is, whatever comes or is deleted. Throw InputError where there is no history to
  // read, with what to do.
  Page<std::string> calls(const Filter& filter) const { return page(RowType::call, filter); }
  Page<std::string> findings(const Filter& filter) const { return page(RowType::finding, filter); }
  Page<std::string> registrations(const Filter& filter) const { return page(RowType::registration, filter); }

 private:
  Page<std::string> page(RowType type, const Filter& filter) const;

  std::string path_;
};

}  // namespace vialens

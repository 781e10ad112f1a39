// Asks a history, while vialens writes to it or when it does not. Thread-safe: every question opens the file for
// itself, and none keeps it open, which would keep the writer from beginning its log anew.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "userspace/board/filter.h"
#include "userspace/history/row.h"

namespace vialens {

class HistoryReader {
 public:
  // `longest`: how long a question may take; 0: as long as it takes. While one is answered, the writer's log grows.
  explicit HistoryReader(std::string path, std::chrono::milliseconds longest = {})
      : path_(std::move(path)), longest_(longest) {}

  // Pages of JSON objects without line ends, those of the JSON lines; the latest to arrive first: a call arrives when
  // it is over. A cursor stays where it is, whatever comes or is deleted. A page that gets large ends before its limit.
  // Throw InputError where there is no history to read, with what to do.
  Page<std::string> calls(const Filter& filter) const { return page(RowType::call, filter); }
  Page<std::string> findings(const Filter& filter) const { return page(RowType::finding, filter); }
  Page<std::string> registrations(const Filter& filter) const { return page(RowType::registration, filter); }

 private:
  Page<std::string> page(RowType type, const Filter& filter) const;

  std::string path_;
  std::chrono::milliseconds longest_;
};

}  // namespace vialens

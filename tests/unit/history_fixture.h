// What the tests of the history share: a folder of their own, calls and findings of which there may be many, and what
// vialens logs meanwhile.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/sink_fixture.h"
#include "userspace/core/error.h"
#include "userspace/history/history.h"
#include "userspace/history/history_reader.h"

namespace vialens::test {

namespace fs = std::filesystem;
using nlohmann::json;

class HistoryFixture : public testing::Test {
 protected:
  HistoryFixture() {
    std::string name = (fs::temp_directory_path() / "vialens-history-XXXXXX").string();
    folder = mkdtemp(name.data());
    path = (folder / "history.db").string();
    logger_ = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  }
  ~HistoryFixture() override {
    spdlog::set_default_logger(logger_);
    fs::remove_all(folder);
  }

  History::Options options() const {
    return {.path = path, .most_bytes = 64U << 20U, .longest = std::chrono::days(30)};
  }
  HistoryReader reader() const { return HistoryReader(path); }

  static Time now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

  static Finding finding(const std::string& id, const std::string& call_id, double confidence = 0.99) {
    Finding finding = a_finding();
    finding.kind = find_kind(id);
    finding.subject.call_id = call_id;
    finding.confidence = confidence;
    finding.time = now();
    return finding;
  }
  static Call call(const std::string& call_id, const std::string& from = "sip:alice@example.com") {
    Call call = a_call();
    call.call_id = call_id;
    call.from = from;
    call.started = now();
    return call;
  }

  static std::vector<std::string> call_ids(const Page<std::string>& page) {
    std::vector<std::string> ids;
    for (const std::string& item : page.items) ids.push_back(json::parse(item)["call_id"].get<std::string>());
    return ids;
  }
  std::vector<std::string> calls(const Filter& filter) const { return call_ids(reader().calls(filter)); }
  std::vector<std::string> findings(const Filter& filter) const { return call_ids(reader().findings(filter)); }

  // File and log.
  std::uintmax_t bytes() const {
    std::error_code none;
    const std::uintmax_t log_bytes = fs::exists(path + "-wal") ? fs::file_size(path + "-wal", none) : 0;
    return fs::file_size(path) + log_bytes;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::size_t logged(std::string_view text) const {
    const std::string said = log.str();
    std::size_t count = 0;
    for (std::size_t at = said.find(text); at != said.npos; at = said.find(text, at + 1)) ++count;
    return count;
  }

  fs::path folder;
  std::string path;
  std::ostringstream log;

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

// What is thrown says.
template <class Error, class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace vialens::test

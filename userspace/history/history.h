// What happened, in a file: findings as they are told, calls when they are over, registrations when their state
// changes.
//
// A finding is committed before on_finding() returns, up to 50 a second; what is more, and everything else, within a
// second. Whoever prints findings after the history has been told prints nothing that is not in the file.
//
// No trouble with the file stops the watching. A full disk or a lock: what is told waits in memory, bounded, the oldest
// is dropped and counted, there is a warning a minute, and it goes on as soon as it can. A corrupt file is moved aside
// to FILE.corrupt-TIME, of which only the last is kept, and a new one begun. The file of a later vialens is left alone,
// and nothing is kept.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "userspace/history/history_file.h"
#include "userspace/sink/sink.h"

namespace vialens {

class History final : public Sink {
 public:
  struct Options {
    std::string path;
    std::uint64_t most_bytes = 64UL << 20U;  // file and log; HistoryFile::kLeastBytes at least
    Duration longest = std::chrono::days(30);
  };

  // Throws InputError where the file cannot be: no directory, no permission, another program's.
  explicit History(Options options);
  ~History() override;
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // From any thread.
  TableFill fill() const;  // what waits in memory
  void set_bounds(std::uint64_t most_bytes, Duration longest);

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_registration_changed(const Registration& registration) override { on_registration(registration); }
  void on_summary(const Summary& summary) override;
  void on_status(const Summary& summary) override;

 private:
  using Clock = std::chrono::steady_clock;

  void keep(Row row);
  void flush_if_due();
  void flush();
  void write_all();
  void open();
  void move_aside(std::string_view why);
  void complain(std::string_view why);
  void forget_old();

  Options options_;
  std::atomic<std::uint64_t> most_bytes_;
  std::atomic<Duration::rep> longest_;
  std::unique_ptr<HistoryFile> file_;  // none while it cannot be opened
  bool off_ = false;                   // for good
  std::deque<Row> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::atomic<std::uint64_t> waiting_count_ = 0, dropped_ = 0;
  std::uint64_t dropped_before_ = 0;  // the trouble that lasts
  bool trouble_ = false;
  unsigned commits_ = 0;  // in this second
  Clock::time_point second_{}, flushed_{}, retry_{}, complained_{}, forgot_{};
};

}  // namespace vialens

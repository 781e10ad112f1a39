// What goes on now, for whoever asks: live calls and those that ended lately, registrations, findings, streams, sums;
// and news of all of it in the order in which it came.
//
// Filled by one thread, asked by any: one mutex, held while a page is copied out, and never by the engine's thread (see
// Outbox). Bounded: what ended first is forgotten first, then what was not heard of for longest.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "userspace/board/filter.h"
#include "userspace/board/health.h"
#include "userspace/board/media_history.h"
#include "userspace/sink/sink.h"

namespace vialens {

// A stream over time.
struct StreamHistory {
  CallStream stream;  // as last told
  MediaHistory history;
};

// A stream with the call that it belongs to, if to one.
struct BoardFlow {
  CallStream stream;
  std::string codec;  // "" if nobody said
  std::optional<double> mos;
  std::string call_id;  // "" if it belongs to none
  bool live = false;
};

// Something happened. `json` is the object in one line, as in JSON lines.
struct News {
  std::uint64_t number = 0;  // from 1
  std::string_view type;     // "finding", "call", "registration", "status"
  std::shared_ptr<const std::string> json;
};

class Board final : public Sink {
 public:
  struct Limits {
    std::size_t calls = 2000, registrations = 2000, findings = 2000, streams = 500, news = 1000;
    Duration lasts = std::chrono::minutes(10);  // how long a finding about nothing that lives counts as active
  };

  Board() : Board(Limits{}) {}
  explicit Board(const Limits& limits) : limits_(limits) {}

  // --- what is asked, from any thread

  Page<Call> calls(const Filter& filter) const;
  std::optional<Call> call(std::string_view call_id) const;
  std::vector<StreamHistory> media_of(std::string_view call_id) const;
  Page<Registration> registrations(const Filter& filter) const;
  std::optional<Registration> registration(std::string_view call_id) const;
  Page<Finding> findings(const Filter& filter) const;
  Page<BoardFlow> flows(const Filter& filter) const;

  struct Status {
    std::shared_ptr<const OwnedSummary> owned = std::make_shared<const OwnedSummary>(Summary{});
    const Summary& summary() const noexcept { return owned->get(); }
    Health health;
    std::size_t calls_live = 0, registrations_live = 0;
    bool over = false;  // the run has ended
  };
  Status status() const;

  // What came after news `after`, the oldest first; waits for some if there is none. If the first one is not `after` +
  // 1, those in between are forgotten. Empty when the time is up, or when closed.
  std::vector<News> news_after(std::uint64_t after, std::chrono::milliseconds patience) const;
  std::uint64_t latest_news() const;
  void close();  // nobody waits any more

  // Calls, registrations, findings and streams that are shown, as tables that are bounded.
  std::vector<TableFill> fills() const;

  // --- what it is told

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override { note(call); }
  void on_registration(const Registration& registration) override { note(registration); }
  void on_summary(const Summary& summary) override;
  void on_call_changed(const Call& call) override { note(call); }
  void on_registration_changed(const Registration& registration) override { note(registration); }
  void on_crossing(const SeenCrossing& crossing) override;
  void on_stream(const Flow& flow, const TapInfo& tap) override;
  void on_status(const Summary& summary) override;

 private:
  struct CallEntry {
    std::uint64_t number = 0;  // in the order of arrival
    Call call;
    std::vector<StreamHistory> media;
  };
  struct StreamEntry {
    CallStream stream;
    Time last;
  };

  void note(const Call& call);
  void note(const Registration& registration);
  void forget_a_call();
  void tell(std::string_view type, std::string json);
  void keep(const Summary& summary);

  Limits limits_;
  mutable std::mutex mutex_;
  mutable std::condition_variable news_arrived_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::string> calls_by_number_, registrations_by_number_;
  std::unordered_map<std::string, CallEntry> calls_;                                       // by Call-ID
  std::unordered_map<std::string, std::pair<std::uint64_t, Registration>> registrations_;  // by address of record
  std::map<std::uint64_t, Finding> findings_;
  std::map<std::pair<const FindingKind*, Subject>, std::uint64_t> finding_numbers_;
  std::deque<StreamEntry> streams_;  // that belong to no call
  std::uint64_t forgotten_calls_ = 0, forgotten_registrations_ = 0, forgotten_findings_ = 0, forgotten_streams_ = 0;
  std::deque<News> news_;
  std::uint64_t last_news_ = 0;
  Status status_;
  Time now_{};
  bool closed_ = false;
};

}  // namespace vialens

// The SIP of the calls that were seen lately, to be shown and handed out as evidence.
//
// Bounded in bytes. When there is no room, the calls that ended first go, then those that were quiet for longest.
// Within a call its beginning stays, and the middle goes. What never becomes a call or a registration (OPTIONS,
// scanners) has a small room of its own, and cannot push calls out.
//
// Safe to use from any thread.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "userspace/evidence/call_record.h"
#include "userspace/sink/sink.h"

namespace vialens {

// One line of what there is.
struct CallEntry {
  std::string call_id;
  bool registration = false;
  std::string from, to;    // of a registration, `from` is its address
  std::string_view state;  // "ended"
  Time started;
  std::size_t messages = 0, findings = 0;
};

class CallLog final : public Sink {
 public:
  struct Limits {
    std::size_t bytes = 16UL << 20U;
    std::size_t bytes_unclaimed = 1UL << 20U;  // of what is no call and no registration
    std::size_t bytes_per_call = 1UL << 20U;
    std::size_t messages_per_call = 256;
    std::size_t first_kept = 16;  // messages of a call that stay as long as the call does
  };

  CallLog() : CallLog(Limits{}) {}
  explicit CallLog(const Limits& limits) : limits_(limits) {}

  // What was kept under this Call-ID, the phone's or the one that the box made of it; nullptr if there is nothing.
  std::shared_ptr<const CallRecord> find(std::string_view call_id) const;
  // All calls and registrations, in the order in which they began.
  std::vector<CallEntry> list() const;
  // What was found about the box rather than a call; one of a kind.
  std::vector<Finding> box_findings() const;
  TableFill fill() const;  // in bytes; evictions are calls and registrations

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary&) override {}
  void on_call_changed(const Call& call) override;
  void on_registration_changed(const Registration& registration) override;
  void on_message(const SeenMessage& message) override;
  void on_crossing(const SeenCrossing& crossing) override;

 private:
  enum class Standing : std::uint8_t { unclaimed, over, live };
  struct Entry {
    CallRecord record;
    Standing standing = Standing::unclaimed;
    std::size_t bytes = 0;
    std::vector<std::string> aors;  // that lead here
  };
  using Entries = std::list<Entry>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using ByName = std::unordered_map<std::string, Entries::iterator, Hash, std::equal_to<>>;
  // A message that a crossing spoke of before it was told.
  struct Expected {
    std::uint64_t number;
    std::string call_id;
  };

  Entries& list_of(Standing standing) { return entries_[static_cast<std::size_t>(standing)]; }
  Entries::iterator open(std::string_view call_id);
  Entries::iterator claim(std::string_view call_id, Standing standing);
  void stand(Entries::iterator entry, Standing standing);
  void note(Entries::iterator entry, const Call& call);
  void note(Entries::iterator entry, const Registration& registration);
  void note(Entries::iterator entry, const Finding& finding);
  void add(Entries::iterator entry, std::shared_ptr<const LoggedMessage> message);
  void grow(Entry& entry, std::size_t bytes) noexcept;
  void shrink(Entry& entry, std::size_t bytes) noexcept;
  void rename(Entries::iterator entry, std::string_view other);
  void merge(Entries::iterator from, Entries::iterator into);
  void expect(Entries::iterator entry, std::uint64_t number);
  void thin(Entry& entry);
  bool drop_one(Entry& entry);
  void forget(Entries::iterator entry);
  void make_room();

  Limits limits_;
  mutable std::mutex mutex_;
  std::array<Entries, 3> entries_;  // by Standing; those that go first are in front
  std::array<std::size_t, 3> bytes_{};
  ByName by_name_, by_aor_;
  std::deque<Expected> expected_;
  std::vector<Finding> box_findings_;
  std::uint64_t evictions_ = 0;
};

}  // namespace vialens

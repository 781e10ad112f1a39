// Dialogs: what two user agents agreed on with INVITE (RFC 3261 12, RFC 6026), on each side of the box.
//
// A dialog is a Call-ID and two tags. A provisional answer with a tag makes one, early; a 2xx confirms it; each branch
// of a forked INVITE that answers has one of its own, and several may be confirmed, because a 2xx that comes late
// counts. A negative answer to the INVITE ends those that are still early, a BYE ends this one. What is refused within
// a dialog (a re-INVITE that meets another one: 491, 488) leaves it as it was.
//
// Requests of a dialog whose beginning was not seen make one, too: it is not `whole`, and who called whom is not known;
// `caller` is then who was first seen to send a request. Other dialogs than those of calls (subscriptions) are none
// here.
//
// Bounded: those that ended go after 64 s, early ones after five minutes of silence, confirmed ones after 24 hours; the
// oldest go first when the table is full, and are counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "userspace/call/arrival.h"
#include "userspace/call/transactions.h"
#include "userspace/core/limits.h"
#include "userspace/core/memory.h"
#include "userspace/core/recent.h"

namespace vialens {

enum class Party : std::uint8_t { caller, callee };

constexpr Party other(Party party) noexcept { return party == Party::caller ? Party::callee : Party::caller; }

struct Dialog {
  enum class State : std::uint8_t { early, confirmed, ended };

  // The 2xx to the INVITE or re-INVITE that was answered last.
  struct Answer {
    std::uint32_t cseq = 0;
    Party by = Party::callee;
    Time first{}, last{};  // first is unset where it was not seen
    std::uint16_t copies = 0;
    std::uint16_t repeats = 0;    // copies that came T1/5 or more after the one before
    std::uint16_t after_ack = 0;  // of these, those since the first ACK
    Endpoint source{}, destination{};
    std::string contact{};      // its URI: where the ACK has to go (RFC 3261 13.2.2.4)
    bool record_route = false;  // by way of others

    explicit operator bool() const noexcept { return copies != 0; }
  };
  // What was acknowledged of it.
  struct Ack {
    Time first{}, last{};
    std::uint16_t copies = 0;
    Endpoint source{}, destination{};
    std::string request_uri{};
    bool route = false;  // it had a Route

    explicit operator bool() const noexcept { return copies != 0; }
  };
  // An INVITE or UPDATE within the dialog, and what came of it. Each of them refreshes the session, whatever else it is
  // for (RFC 4028 3).
  struct Try {
    Time time{};
    Time refused{};
    std::uint32_t cseq = 0;
    std::uint16_t status = 0;  // refused with; 0: no final answer
    bool provisional = false;

    explicit operator bool() const noexcept { return time != Time{}; }
  };
  // RFC 4028. Both sides hang up when it is not refreshed in time.
  struct Timer {
    std::chrono::seconds interval{};   // 0: there is none
    std::optional<Party> refresher{};  // nobody said
    Time since{};                      // the last 2xx to INVITE or UPDATE
    std::array<Try, 2> tries{};        // by Party, the last one of each after that

    const Try& try_of(Party party) const noexcept { return tries[static_cast<std::size_t>(party)]; }
  };

  std::size_t key = 0;     // what Dialogs::find() finds it by
  std::size_t family = 0;  // the same for all dialogs of one INVITE
  Side side = Side::unknown;
  Transport transport = Transport::udp;
  State state = State::early;
  bool whole = false;                          // its INVITE was seen
  std::string call_id;                         // as the call is known
  std::size_t caller_tag = 0, callee_tag = 0;  // hashes
  Endpoint caller{}, callee{};                 // where they were seen to send from and to, with the INVITE
  std::uint32_t invite_cseq = 0;
  Time invited{}, ringing{}, answered{}, ended{};  // first INVITE, 18x, 2xx; BYE, or a negative answer
  Answer answer;
  Ack ack;  // of `answer`
  Timer timer;
  std::optional<Party> bye_from;
  std::array<Time, 2> last_request{};  // by Party, the last one it sent
  Time gone{};                         // something in it was answered with 481 or 408 (RFC 3261 12.2.1.2)

  Time last_request_of(Party party) const noexcept { return last_request[static_cast<std::size_t>(party)]; }
  const Endpoint& endpoint(Party party) const noexcept { return party == Party::caller ? caller : callee; }
  int repeats_after_ack() const noexcept { return ack ? answer.after_ack : 0; }
  void clear();
};

class Dialogs {
 public:
  struct Limits {
    std::size_t most = 2 * kMostCalls;
    Duration linger = std::chrono::seconds(64);
    Duration early = std::chrono::minutes(5);
    Duration longest = std::chrono::hours(24);
  };

  Dialogs() : Dialogs(Limits{}) {}
  explicit Dialogs(const Limits& limits);
  Dialogs(const Dialogs&) = delete;  // the table tells it what goes
  Dialogs& operator=(const Dialogs&) = delete;

  struct Match {
    const Dialog* dialog = nullptr;  // valid until the next observe() or advance()
    std::optional<Party> from;       // who sent this message
    std::uint32_t copy = 0;          // of the 2xx or ACK within its dialog; 0 for all others
  };
  // `transaction`: the one of this message, nullptr if it has none.
  Match observe(const Arrival& arrival, const Transaction* transaction);
  void advance(Time now);

  const Dialog* find(std::size_t key) const { return table_.find(key); }
  // Of the dialog that a Replaces names on that side (RFC 3891 6.1), whichever tag is whose; 0 if it names none.
  static std::size_t key_of(Side side, std::string_view replaces);
  // The same dialog on another side of the box; nullptr if nothing of it was seen there.
  const Dialog* twin(const Dialog& dialog, Side side) const;
  // All that one INVITE made, on this side: by its call and who called.
  template <class Visit>
  void of_invite(Side side, std::string_view call_id, std::size_t caller_tag, Visit visit) const {
    const auto [begin, end] = by_invite_.equal_range(invite_key(side, hash(call_id), caller_tag));
    for (auto at = begin; at != end; ++at)
      if (const Dialog* const dialog = table_.find(at->second)) visit(*dialog);
  }

  std::size_t size() const noexcept { return table_.size(); }
  std::size_t capacity() const noexcept { return table_.capacity(); }
  std::uint64_t evicted() const noexcept { return table_.evicted(); }

 private:
  enum Lane : std::uint8_t { over, early, up, lanes };
  struct Names {  // hashes
    Side side;
    std::size_t call, call_as_written, from_tag, to_tag;

    std::size_t key(bool as_written = false) const noexcept;
  };
  static std::size_t invite_key(Side side, std::size_t call, std::size_t caller_tag) noexcept;

  Dialog* look_up(const Names& names);
  Dialog& create(const Arrival& arrival, const Names& names, Dialog::State state);
  Match on_request(const Arrival& arrival, const Names& names, const Transaction* transaction);
  Match on_response(const Arrival& arrival, const Names& names, const Transaction* transaction);
  static std::uint32_t note_ack(Dialog& dialog, Party from, const Arrival& arrival);
  static std::uint32_t note_answer(Dialog& dialog, Party by, const Arrival& arrival);
  static void note_timer(Dialog& dialog, Party by, const Arrival& arrival);
  static void note_try(Dialog& dialog, Party by, const Arrival& arrival);
  static void note_outcome(Dialog& dialog, Party asked_by, const Arrival& arrival);
  void end_early(const Arrival& arrival, const Names& names);
  void touch(const Dialog& dialog, Time now);
  void forget(std::size_t key, const Dialog& dialog);

  Limits limits_;
  Recent<Dialog, lanes> table_;
  std::unordered_multimap<std::size_t, std::size_t> by_invite_;  // keys
};

}  // namespace vialens

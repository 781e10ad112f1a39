// Transactions: a request, its retransmissions, and what was answered (RFC 3261 17, RFC 6026), on each side of the box.
//
// A response belongs to the request whose branch its top Via has (17.1.3), a request to the one with the same branch,
// sent-by and method (17.2.3). A side sees both with the same top Via, unless a router changed one of them; the sent-by
// of a response is therefore not asked for, as a client only asks for it before (18.1.2). Call-ID, CSeq and From tag
// have to be the same, too, because there are clients that use one branch for everything.
//
// An ACK to a negative answer belongs to its INVITE; one to a 2xx is a transaction of its own, without an answer, even
// where a client gives it the branch of the INVITE. A CANCEL is one of its own as well, joined to the INVITE it is for.
// Of messages that come in another order, or without their beginning, as much is kept as they tell: a transaction whose
// request was not seen has no copies.
//
// Bounded: those that are over go 40 s after their last message (64*T1 and T4), the others after four minutes; the
// oldest go first when the table is full, and are counted.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "userspace/call/arrival.h"
#include "userspace/core/limits.h"
#include "userspace/core/memory.h"
#include "userspace/core/recent.h"

namespace vialens {

enum class Method : std::uint8_t {
  other,
  invite,
  ack,
  bye,
  cancel,
  register_,
  options,
  prack,
  update,
  info,
  refer,
  notify,
  subscribe,
  message,
  publish
};

Method method_named(std::string_view name) noexcept;

struct Transaction {
  // What a CANCEL takes back (RFC 3261 9.2).
  enum class Joined : std::uint8_t {
    no,          // nothing that was seen, or this is no CANCEL
    yes,         // the INVITE with its branch and sent-by
    by_sent_by,  // there is an INVITE of this call, CSeq and path, but with another branch
    by_branch,   // there is one with its branch, but another sent-by
  };
  // Answers of one kind: all that are provisional, or the final one.
  struct Answers {
    int status = 0;  // the last one's; 0: none was seen
    std::uint16_t copies = 0;
    std::uint16_t repeats = 0;  // copies that came T1/5 or more after the one before
    Time first{}, last{};
    Endpoint source{}, destination{};  // of the last

    explicit operator bool() const noexcept { return status != 0; }
  };

  std::size_t key = 0;  // what Transactions::find() finds it by
  Method method = Method::other;
  Side side = Side::unknown;
  Transport transport = Transport::udp;
  bool in_dialog = false;  // the request had a To tag
  Joined joined = Joined::no;
  std::uint32_t cseq = 0;
  std::string call_id;                  // as the call is known
  std::size_t branch = 0, sent_by = 0;  // hashes
  std::size_t from_tag = 0;             // a hash
  Endpoint client{}, server{};          // who asked whom, as this side sees them
  std::uint16_t copies = 0;             // of the request
  std::uint16_t repeats = 0;            // those that came T1/5 or more after the one before
  Time first{}, last{};                 // of the request, or of the first message that was seen
  Answers provisional, final;           // of several final ones a 2xx, else the first
  Time ringing{};                       // first 18x
  Time cancelled{};                     // first CANCEL for it
  Time acked{};                         // first ACK to its negative answer
  std::uint16_t acks = 0;
  std::size_t invite = 0;  // of a CANCEL: the key of what it was joined with
  bool is_over() const noexcept { return static_cast<bool>(final) || method == Method::ack; }
  bool is_answered() const noexcept { return final.status >= 200 && final.status < 300; }
  void clear();
};

class Transactions {
 public:
  struct Limits {
    std::size_t most = 2 * kMostCalls;
    Duration linger = std::chrono::seconds(40);
    Duration open = std::chrono::minutes(4);      // Timer C, and a little
    Duration timeout = std::chrono::seconds(32);  // 64*T1: Timers B and F
  };
  // 64*T1 have passed since the first copy of a request, and there is no final answer; to an INVITE there is none at
  // all, because a provisional one ends its Timer B.
  using Timeout = std::function<void(const Transaction&)>;

  explicit Transactions(Timeout timeout) : Transactions(Limits{}, std::move(timeout)) {}
  Transactions(const Limits& limits, Timeout timeout)
      : limits_(limits), timeout_(std::move(timeout)), table_(limits.most) {}

  struct Match {
    const Transaction* transaction = nullptr;  // valid until the next observe() or advance()
    std::uint32_t copy = 0;                    // of this very message: 1 is the first
    bool first_answer = false;                 // the first final answer
  };
  // Nothing for what has no Via, CSeq or Call-ID.
  Match observe(const Arrival& arrival);
  void advance(Time now);

  const Transaction* find(std::size_t key) const { return table_.find(key); }
  std::size_t size() const noexcept { return table_.size(); }
  std::size_t capacity() const noexcept { return table_.capacity(); }
  // Those whose time-out will not be told are as good as gone.
  std::uint64_t evicted() const noexcept { return table_.evicted() + overdue_; }

 private:
  enum Lane : std::uint8_t { over, open, lanes };
  // What a message is filed by: hashes. A router may have given it another Call-ID than the one the call is known by,
  // and the first messages of a call are filed before that is known.
  struct Names {
    Side side;
    std::size_t call, call_as_written, from_tag, branch, sent_by;
    std::uint32_t cseq;

    std::size_t key(Method method, bool as_written = false) const noexcept;
    std::size_t path(const Endpoint& client, const Endpoint& server) const noexcept;
  };

  Transaction* look_up(const Names& names, Method method);
  Transaction& create(const Arrival& arrival, const Names& names, Method method, std::size_t key);
  Match on_request(const Arrival& arrival, const Names& names, Method method);
  Match on_ack(const Arrival& arrival, const Names& names);
  Match on_response(const Arrival& arrival, const Names& names);
  void join(Transaction& cancel, const Names& names);
  void touch(const Transaction& transaction, Time now);

  struct Due {
    Time time;
    std::size_t key;
  };

  Limits limits_;
  Timeout timeout_;
  Recent<Transaction, lanes> table_;
  Memory<std::size_t> invites_{32768};  // by path, the key of the last one
  std::deque<Due> due_;
  std::uint64_t overdue_ = 0;  // that found no room there
};

}  // namespace vialens

// Where results go. The terminal, JSON lines and a test's vector are all sinks.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "userspace/call/call.h"
#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/table_fill.h"
#include "userspace/crossing/crossing.h"
#include "userspace/crossing/fingerprint.h"
#include "userspace/crossing/rewriting.h"
#include "userspace/finding/findings.h"
#include "userspace/sink/counts.h"

namespace vialens {

// What the engine counted from the first packet to the last.
struct Totals {
  std::uint64_t sip_messages = 0;  // valid, odd and broken ones; a message counts at each tap where it was seen
  std::uint64_t odd = 0, broken = 0;
  std::uint64_t unparsed = 0;                       // handed up as SIP, and is none
  std::uint64_t fragments = 0, fragments_lost = 0;  // fragments seen; datagrams that were never completed
  std::uint64_t tcp_segments = 0, tcp_gaps = 0;
  // Messages seen on both sides, by how well the box did what it did to them.
  std::uint64_t crossings_unchanged = 0, crossings_harmless = 0, crossings_incomplete = 0, crossings_broken = 0;
  std::uint64_t strays = 0;  // seen on one side only
  std::uint64_t match_confirmed = 0, match_unfinished = 0,
                match_wrong = 0;  // the kernel's header match, held against the parser
  std::uint64_t calls = 0, registrations = 0;
  std::uint64_t rtp_streams = 0;  // believed flows; a stream that is seen at two taps counts twice

  std::uint64_t crossings_rewritten() const { return crossings_harmless + crossings_incomplete + crossings_broken; }
};

struct TapReport {
  TapInfo tap;
  TapCounters counters{};
};

// What was counted until now.
struct Summary {
  Totals totals;
  std::span<const TapReport> taps;
  FindingCounts findings;
  double seconds = 0;         // from the first packet to the last
  std::vector<AlgGuess> alg;  // what kind of ALG was at work, the likeliest first
  std::vector<TableFill> tables{};
  Counts counts{};
  Time now{};  // until when
  Rewriting rewriting{};
};

std::uint64_t packets_missed(const Summary& summary) noexcept;  // at all taps

// A summary that lasts, with its taps.
class OwnedSummary {
 public:
  explicit OwnedSummary(const Summary& from) : taps_(from.taps.begin(), from.taps.end()), summary_(from) {
    summary_.taps = taps_;
  }
  OwnedSummary(const OwnedSummary&) = delete;
  OwnedSummary& operator=(const OwnedSummary&) = delete;

  const Summary& get() const noexcept { return summary_; }

 private:
  std::vector<TapReport> taps_;
  Summary summary_;
};

// A message as it was seen at a tap. Views are valid during the call.
struct SeenMessage {
  const TapInfo* tap;
  Time time;
  Transport transport;
  Endpoint source, destination;
  std::uint64_t number;      // counts messages over all taps, from 1
  std::string_view call_id;  // as its call or registration is known
  std::string_view bytes;
  bool cut;  // the capture has less of it than the wire had
};

// The same message on both sides of the box. It may be told before the later of the two messages is.
struct SeenCrossing {
  std::uint64_t entry, exit;  // the numbers of the two
  Direction direction;
  Grade grade;
  std::string_view call_id;          // as the call is known, by the phone's own name
  std::string_view call_id_outside;  // as the WAN side knows it
  std::span<const Change> changes;
};

// Who is told. Taps outlive all sinks; every other reference and view is valid during the call only.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual void on_finding(const Finding& finding) = 0;
  virtual void on_call(const Call& call) = 0;  // at its end, or at the end of the run
  virtual void on_registration(const Registration& registration) = 0;
  virtual void on_summary(const Summary& summary) = 0;  // at the end

  // For those who watch while it goes on.
  virtual void on_call_changed(const Call&) {}  // its state, its findings; its media every few seconds
  virtual void on_registration_changed(const Registration&) {}
  virtual void on_message(const SeenMessage&) {}
  virtual void on_crossing(const SeenCrossing&) {}
  virtual void on_stream(const Flow&, const TapInfo&) {}  // that belongs to no call, about once a second
  virtual void on_status(const Summary&) {}               // once a second in a live run
};

}  // namespace vialens

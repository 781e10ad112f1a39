// The pure heart: pieces in, findings, calls and totals out.
//
//   piece -> reassembly -> sip -> matcher -> call table, sessions -> detectors -> findings -> sink
//   flow  -> detectors
//
// It does no I/O and reads no clock: time comes with the packets, and advance() says that it has passed. So a live run
// and a capture file of the same packets give the same results. One thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "userspace/call/call_media.h"
#include "userspace/call/call_table.h"
#include "userspace/call/dialogs.h"
#include "userspace/call/media_endpoints.h"
#include "userspace/call/round_trips.h"
#include "userspace/call/transactions.h"
#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/limits.h"
#include "userspace/core/memory.h"
#include "userspace/crossing/fingerprint.h"
#include "userspace/crossing/matcher.h"
#include "userspace/crossing/rewriting.h"
#include "userspace/detect/detector.h"
#include "userspace/engine/traffic.h"
#include "userspace/reassembly/reassembly.h"
#include "userspace/sink/sink.h"
#include "userspace/verdict/verdicts.h"

namespace vialens {

class Engine {
 public:
  // `taps`: indexed by TapId. Both outlive the engine.
  Engine(std::span<const TapInfo> taps, Sink& sink);

  // To be told of each end point that is announced for media, so that the capture knows it.
  void announce(EndpointSink sink) { endpoint_sink_ = std::move(sink); }

  void observe(const Piece& piece);
  void observe(const Flow& flow);                                       // as often as there is news of it
  RtcpSource observe(const RtcpSource& source);                         // likewise; returns it with its round trips
  void keep_alives(std::uint64_t count) { keep_alives_ = count != 0; }  // that all taps have seen
  void packet_seen(TapId tap, Time time) { packets_[tap] = time; }      // of any kind; may be told late
  void advance(Time now);                                               // times may repeat, and may go back a little
  void capture_lost(Time now);  // packets may have been missed before this moment
  void finish();                // end of the run: everything that is open is told

  Totals totals() const;
  Counts counts() const;
  std::vector<TableFill> tables() const;  // all that are bounded
  std::vector<AlgGuess> alg_guesses() const { return fingerprint_.guesses(); }
  Rewriting rewriting() const { return rewriting_.state(); }
  const FindingCounts& findings() const noexcept { return findings_.by_kind(); }

 private:
  void on_payload(const Payload& payload);
  void on_message(const Sighting& sighting);
  void on_incomplete(const Piece& piece);
  std::uint64_t& crossings(Grade grade);
  void on_timeout(const Transaction& transaction);
  void on_service(const std::optional<Service>& service);
  void on_pair(const Matcher::Waiting& partner, const Sighting& sighting);
  void on_late_pair(const Matcher::Waiting& a, const Matcher::Waiting& b);
  void on_unmatched(const Matcher::Waiting& waiting);
  void on_crossing(const Sighting& a, const Sighting& b);
  void on_finding(const Finding& finding);
  bool note_stream(const Flow& flow, const CallMedia::Joined& joined);
  void forget_call(const Call& call);
  std::array<std::string, 2> registrations_of(std::string_view call_id);
  void check_hint(const Payload& payload, const sip::Message& message);

  MemoryTally memories_;  // before those that it counts
  std::span<const TapInfo> taps_;
  Sink& sink_;
  bool two_sides_;
  Totals totals_;
  Reassembly reassembly_;
  Matcher matcher_;
  CallTable calls_;
  Box box_;
  Services services_;
  Fingerprint fingerprint_;
  RewritingWatch rewriting_;
  Clients clients_;
  Registrar registrar_;
  OfferAnswer offer_answer_;
  CallMedia call_media_;
  EndpointSink endpoint_sink_;
  RoundTrips round_trips_;
  Transactions transactions_;
  Dialogs dialogs_;
  std::vector<Time> heard_, packets_, streams_;  // by TapId
  bool keep_alives_ = false;
  Scene scene_;
  Detectors detectors_;
  Verdicts verdicts_;
  Findings findings_;
  sip::Message message_, other_, late_;  // reused: a Message is large
  sip::Sdp sdp_;
  std::vector<Change> changes_;
  Time now_{}, next_tick_{}, last_tick_{};
  Traffic traffic_;
};

}  // namespace vialens

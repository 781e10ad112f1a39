// Counts what passes, message by message and stream by stream: see sink/counts.h.
//
// The hot path of it: no allocation, and nothing that a packet says is kept.
#pragma once

#include <span>

#include "userspace/call/call.h"
#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/limits.h"
#include "userspace/core/rare.h"
#include "userspace/core/recent.h"
#include "userspace/crossing/crossing.h"
#include "userspace/sink/sink.h"

namespace vialens {

class Traffic {
 public:
  struct Limits {
    std::size_t streams = 4 * kMostCalls;
    Duration active = std::chrono::seconds(10);      // after its last packet
    Duration remembered = std::chrono::minutes(15);  // likewise: after a hold it is the same stream
  };

  explicit Traffic(std::span<const TapInfo> taps) : Traffic(Limits{}, taps) {}
  Traffic(const Limits& limits, std::span<const TapInfo> taps);
  Traffic(const Traffic&) = delete;  // the table tells it what goes
  Traffic& operator=(const Traffic&) = delete;

  void message(const Sighting& sighting) noexcept;
  void crossing(const Crossing& crossing) noexcept;
  void stray(const TapInfo& tap) noexcept;  // seen on one side only, and waited for long enough
  // A stream as it is told again and again. `of_call`: its quality is told with its call.
  void stream(const Flow& flow, bool of_call);
  // What it had counted when it was told last; nullptr where that is not remembered. Valid until the next stream().
  const FlowCounts* counts_of(const Flow& flow) const;
  void call_left(const Call& call);  // with its streams
  void advance(Time now);
  void finish();  // end of the run: all streams are over

  const Counts& counts() const noexcept { return counts_; }
  std::uint64_t streams() const noexcept { return streams_; }  // that there were
  TableFill fill() const { return {"streams", table_.size(), limits_.streams, table_.evicted()}; }

 private:
  enum Lane : std::uint8_t { quiet, active, lanes };
  struct Stream {
    Rare<CallStream> told{};  // last, of one that is told with no call
    Time first{}, last{};
    FlowCounts counts{};        // last
    std::uint64_t counted = 0;  // of its lost packets
    TapId tap = 0;
    bool active = false, of_call = false;

    void clear() { *this = {}; }
  };

  TapTraffic& tap_of(const Stream& stream) { return counts_.taps[stream.tap]; }
  void count_lost(Stream& stream, std::uint64_t lost);
  void rest(Stream& stream);
  void observe(const CallStream& stream, const Codecs& codecs);

  Limits limits_;
  std::span<const TapInfo> taps_;
  Counts counts_;
  Recent<Stream, lanes> table_;
  std::uint64_t streams_ = 0;
};

}  // namespace vialens

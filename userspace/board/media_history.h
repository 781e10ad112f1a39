// How one stream went over time: what came in each stretch of it.
//
// Bounded: when there are kMost samples, neighbours are joined, so that a long call has coarser ones and a short call
// fine ones, and the whole call is always there.
#pragma once

#include <optional>
#include <vector>

#include "userspace/call/call_stream.h"

namespace vialens {

struct MediaSample {
  Time end;
  Duration length{};
  std::uint64_t packets = 0, lost = 0;  // in this stretch; `lost` is net of what came late
  std::optional<double> jitter_ms;      // the running value at its end
  std::optional<double> mos;            // of the stretch, by its loss
};

class MediaHistory {
 public:
  static constexpr std::size_t kMost = 120;

  // Adds what came since the last call. Times that do not go on are ignored.
  void add(Time now, const CallStream& stream, const Codecs& codecs);

  const std::vector<MediaSample>& samples() const noexcept { return samples_; }

 private:
  void join();

  std::vector<MediaSample> samples_;
  std::size_t of_each_ = 1, in_last_ = 0;  // how many additions a sample is made of, and the last one is
  Time last_{};
  std::uint64_t packets_ = 0, lost_ = 0;
};

}  // namespace vialens

#include "userspace/board/media_history.h"

#include <algorithm>
#include <utility>

namespace vialens {
namespace {

// What was counted since; a flow that began anew in the kernel counts from 0.
std::uint64_t since(std::uint64_t now, std::uint64_t before) { return now >= before ? now - before : now; }

}  // namespace

void MediaHistory::add(Time now, const CallStream& stream, const Codecs& codecs) {
  if (last_ == Time{}) last_ = now - std::min<Duration>(now.time_since_epoch(), std::chrono::seconds(5));
  if (now <= last_) return;
  MediaSample sample{now,
                     now - std::exchange(last_, now),
                     since(stream.packets, std::exchange(packets_, stream.packets)),
                     0,
                     stream.jitter_now_ms,
                     {}};
  // What comes late was counted as lost before.
  const std::uint64_t lost_before = std::exchange(lost_, stream.lost);
  sample.lost = stream.lost > lost_before ? stream.lost - lost_before : 0;

  if (samples_.size() == kMost && in_last_ == of_each_) join();
  if (!samples_.empty() && in_last_ < of_each_) {
    MediaSample& last = samples_.back();
    sample.length += last.length;
    sample.packets += last.packets;
    sample.lost += last.lost;
    last = sample;
    ++in_last_;
  } else {
    samples_.push_back(sample);
    in_last_ = 1;
  }
  MediaSample& told = samples_.back();
  CallStream stretch = stream;
  stretch.packets = told.packets;
  stretch.lost = told.lost;
  stretch.duplicates = 0;
  if (told.packets + told.lost != 0) told.mos = mos_of(stretch, codecs);
}

void MediaHistory::join() {
  std::vector<MediaSample> joined;
  joined.reserve(kMost);
  for (std::size_t i = 0; i + 1 < samples_.size(); i += 2) {
    MediaSample sample = samples_[i + 1];
    const MediaSample& before = samples_[i];
    sample.length += before.length;
    sample.packets += before.packets;
    sample.lost += before.lost;
    if (sample.mos && before.mos) sample.mos = std::min(*sample.mos, *before.mos);
    joined.push_back(sample);
  }
  samples_ = std::move(joined);
  of_each_ *= 2;
  in_last_ = of_each_;
}

}  // namespace vialens

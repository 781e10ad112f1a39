#include "userspace/engine/traffic.h"

#include <algorithm>
#include <utility>

#include "userspace/core/memory.h"

namespace vialens {
namespace {

std::size_t key_of(const Flow& flow) {
  const std::size_t ends = mix(std::hash<Endpoint>{}(flow.source), std::hash<Endpoint>{}(flow.destination));
  return mix(mix(ends, flow.ssrc), flow.tap);
}

}  // namespace

Traffic::Traffic(const Limits& limits, std::span<const TapInfo> taps)
    : limits_(limits), taps_(taps), table_(limits.streams, [this](std::size_t, const Stream& stream) {
        if (stream.active) --tap_of(stream).streams_active;
        if (!stream.of_call) observe(*stream.told, Codecs{});
      }) {
  counts_.taps.resize(taps.size());
}

void Traffic::message(const Sighting& sighting) noexcept {
  TapTraffic& tap = counts_.taps[sighting.tap->id];
  const std::size_t method = sip::method_index(sighting.message->method());
  if (sighting.message->is_request())
    ++tap.requests[method];
  else
    ++tap.responses[method][sip::code_index(sighting.message->status())];
}

void Traffic::crossing(const Crossing& crossing) noexcept {
  ++(crossing.grade == Grade::unchanged ? counts_.unchanged : counts_.rewritten);
  std::uint64_t counted = 0;
  static_assert(static_cast<std::size_t>(Field::count_) <= 64, "one bit each");
  for (const Change& change : crossing.changes) {
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(change.field);
    if ((counted & bit) == 0) ++counts_.rewrites[static_cast<std::size_t>(change.field)];
    counted |= bit;
  }
}

void Traffic::stray(const TapInfo& tap) noexcept {
  if (tap.direction == Direction::in) ++counts_.lost;
  if (tap.direction == Direction::out) ++counts_.injected;
}

void Traffic::stream(const Flow& flow, bool of_call) {
  if (flow.kind != FlowKind::rtp) return;
  const std::size_t key = key_of(flow);
  Stream* stream = table_.find(key);
  const bool opens = stream == nullptr;
  if (opens) {
    stream = &table_.open(key, quiet, flow.last);
    // One that was forgotten meanwhile has been counted.
    if (flow.last - flow.first > limits_.remembered)
      stream->counted = flow.lost;
    else
      ++streams_;
    stream->first = flow.first;
  } else if (flow.first > stream->first) {  // counts from 0 again
    stream->first = flow.first;
    stream->counted = stream->counts.lost = 0;
  }
  stream->tap = flow.tap;
  const std::uint64_t lost_before = std::exchange(stream->counts, vialens::counts_of(flow)).lost;
  stream->of_call |= of_call;
  if (stream->of_call)
    stream->told = {};
  else
    stream->told.make() = stream_of(flow, taps_[flow.tap], Direction::unknown, Codecs{});
  // What is missing now may come late: it is lost if it was missing before.
  count_lost(*stream, std::min(lost_before, flow.lost));
  if (flow.last <= stream->last) return;  // no news
  stream->last = flow.last;
  if (!std::exchange(stream->active, true)) ++tap_of(*stream).streams_active;
  table_.touch(key, active, flow.last);
}

const FlowCounts* Traffic::counts_of(const Flow& flow) const {
  const Stream* const stream = table_.find(key_of(flow));
  return stream != nullptr && stream->first >= flow.first ? &stream->counts : nullptr;
}

void Traffic::count_lost(Stream& stream, std::uint64_t lost) {
  if (lost > stream.counted) tap_of(stream).packets_lost += lost - std::exchange(stream.counted, lost);
}

void Traffic::rest(Stream& stream) {
  count_lost(stream, stream.counts.lost);
  stream.active = false;
  --tap_of(stream).streams_active;
}

void Traffic::advance(Time now) {
  table_.retire(active, quiet, now - limits_.active, [this](Stream& stream) { rest(stream); });
  table_.expire(quiet, now - limits_.remembered);
}

void Traffic::finish() {
  table_.retire(active, quiet, Time::max(), [this](Stream& stream) { rest(stream); });
  table_.expire(quiet, Time::max());
}

void Traffic::call_left(const Call& call) {
  for (const CallStream& stream : call.media) observe(stream, call.codecs);
}

void Traffic::observe(const CallStream& stream, const Codecs& codecs) {
  if (stream.jitter_ms) counts_.jitter.observe(*stream.jitter_ms / 1000);
  if (const auto mos = mos_of(stream, codecs)) counts_.mos.observe(*mos);
}

}  // namespace vialens

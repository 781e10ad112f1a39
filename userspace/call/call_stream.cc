#include "userspace/call/call_stream.h"

#include <algorithm>
#include <array>

#include "userspace/call/mos.h"
#include "userspace/call/rtpmap.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

struct StaticType {
  std::uint8_t number;
  std::string_view name;
};

// RFC 3551 6, audio.
constexpr std::array kStatic{
    StaticType{0, "PCMU"},  StaticType{3, "GSM"},   StaticType{4, "G723"},   StaticType{5, "DVI4"},
    StaticType{6, "DVI4"},  StaticType{7, "LPC"},   StaticType{8, "PCMA"},   StaticType{9, "G722"},
    StaticType{10, "L16"},  StaticType{11, "L16"},  StaticType{12, "QCELP"}, StaticType{13, "CN"},
    StaticType{14, "MPA"},  StaticType{15, "G728"}, StaticType{16, "DVI4"},  StaticType{17, "DVI4"},
    StaticType{18, "G729"}, StaticType{26, "JPEG"}, StaticType{31, "H261"},  StaticType{34, "H263"}};

bool is_speech(std::string_view codec) noexcept {
  return !sip::equal_ignoring_case(codec, "CN") && !sip::equal_ignoring_case(codec, "telephone-event");
}

// Mean length of the runs of lost packets, over that of random loss (G.107 7.5). Within a burst (RFC 3611 4.7.2) a run
// is as long as its density makes it; what is lost outside of bursts is lost alone.
double burst_ratio_of(const Flow& flow) noexcept {
  if (flow.lost == 0 || flow.burst_packets == 0 || flow.expected == 0) return 1;
  const auto in_bursts = static_cast<double>(flow.burst_lost);
  const double density = in_bursts / static_cast<double>(flow.burst_packets);
  const double alone = static_cast<double>(flow.lost) - in_bursts;
  const double runs = std::max(1.0, in_bursts * (1 - density) + std::max(0.0, alone));
  return std::max(1.0, static_cast<double>(flow.lost) / runs * (1 - flow.loss()));
}

}  // namespace

FlowCounts counts_of(const Flow& flow) noexcept {
  const auto small = [](std::uint64_t count) { return static_cast<std::uint32_t>(count); };
  return {flow.packets,
          flow.bytes,
          flow.longest_gap,
          small(flow.comfort_noise),
          small(flow.expected),
          small(flow.lost),
          small(flow.duplicates),
          small(flow.reordered),
          small(flow.burst_lost),
          small(flow.burst_packets),
          static_cast<float>(flow.mean_jitter_ms.value_or(0))};
}

Flow since(const Flow& flow, const FlowCounts& before) noexcept {
  const auto less = [](std::uint64_t& count, std::uint64_t by) { count -= std::min(count, by); };
  Flow result = flow;
  less(result.packets, before.packets);
  less(result.bytes, before.bytes);
  less(result.comfort_noise, before.noise);
  less(result.expected, before.expected);
  less(result.lost, before.lost);
  less(result.duplicates, before.duplicates);
  less(result.reordered, before.reordered);
  less(result.burst_lost, before.burst_lost);
  less(result.burst_packets, before.burst_packets);
  if (result.longest_gap <= before.longest_gap) result.longest_gap = {};
  // A mean over packets, near enough: of how many it is one is not told.
  if (flow.mean_jitter_ms && result.packets > 0) {
    const auto all = static_cast<double>(flow.packets);
    const auto earlier = static_cast<double>(std::min(before.packets, flow.packets));
    const double sum = *flow.mean_jitter_ms * all - static_cast<double>(before.mean_jitter_ms) * earlier;
    result.mean_jitter_ms = std::max(0.0, sum / static_cast<double>(result.packets));
  }
  return result;
}

double CallStream::loss() const noexcept {
  const std::uint64_t received = packets - std::min(packets, duplicates);
  return lost == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(lost + received);
}

void Codecs::note(const sip::Sdp& sdp) {
  for (const sip::Media& media : sdp.media())
    each_rtpmap(media, [&](const Rtpmap& map) {
      const auto known =
          std::find_if(names_.begin(), names_.end(), [&](const auto& one) { return one.first == map.type; });
      if (known != names_.end())
        known->second = map.name.substr(0, 32);
      else if (name(map.type) != map.name && names_.size() < kMost)
        names_.emplace_back(map.type, map.name.substr(0, 32));
    });
}

std::string_view Codecs::name(std::uint8_t payload_type) const noexcept {
  for (const auto& [number, name] : names_)
    if (number == payload_type) return name;
  for (const StaticType& type : kStatic)
    if (type.number == payload_type) return type.name;
  return "";
}

CallStream stream_of(const Flow& flow, const TapInfo& tap, Direction direction, const Codecs& codecs) noexcept {
  CallStream stream;
  stream.tap = &tap;
  stream.direction = direction;
  stream.source = flow.source;
  stream.destination = flow.destination;
  stream.ssrc = flow.ssrc;
  stream.payload_type = flow.payload_type;
  for (std::uint8_t type = 0; type < 128 && !is_speech(codecs.name(stream.payload_type)); ++type)
    if ((flow.payload_types[type / 64] >> (type % 64) & 1U) != 0 && is_speech(codecs.name(type)))
      stream.payload_type = type;
  stream.packets = flow.packets;
  stream.lost = flow.lost;
  stream.duplicates = flow.duplicates;
  stream.reordered = flow.reordered;
  stream.jitter_ms = flow.mean_jitter_ms;
  stream.jitter_now_ms = flow.jitter_ms;
  if (flow.longest_gap != Duration{} || flow.packets < 2) stream.longest_gap = flow.longest_gap;
  stream.burst_ratio = burst_ratio_of(flow);
  return stream;
}

// A second of speech, as it is usually sent: of fewer packets a single one that was lost would be a bad line.
constexpr std::uint64_t kFewestForMos = 50;

std::optional<double> mos_of(const CallStream& stream, const Codecs& codecs) noexcept {
  if (stream.packets + stream.lost < kFewestForMos) return {};
  return estimate_mos({codecs.name(stream.payload_type), stream.loss(), stream.burst_ratio, {}});
}

}  // namespace vialens

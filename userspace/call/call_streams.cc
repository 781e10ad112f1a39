// CallMedia, the streams: to which call one belongs, and which way it goes.
#include <algorithm>

#include "userspace/call/call_media.h"

namespace vialens {
namespace {

std::size_t ssrc_key(std::uint32_t ssrc, const Endpoint& shared) noexcept {
  return mix(std::hash<Endpoint>{}(shared), ssrc);
}

}  // namespace

// Where the two ends belong to different calls, the source says whose sound it is, and the destination only where it
// ends up; but what was announced goes before what was learned, what one call announced before what several did, and a
// call that is up before one that is over.
std::optional<CallMedia::Found> CallMedia::decide(const Entry* to, const Entry* from) const {
  if (to == nullptr && from == nullptr) return std::nullopt;
  const auto by_destination = [&] { return Found{to->call, to->owner, to->audio, to->learned}; };
  const auto by_source = [&] { return Found{from->call, other(from->owner), from->audio, from->learned}; };
  if (to == nullptr) return by_source();
  if (from == nullptr || to->call == from->call) return by_destination();
  if (ended(to->call) != ended(from->call)) return ended(to->call) ? by_source() : by_destination();
  if (to->contested != from->contested) return to->contested ? by_source() : by_destination();
  return from->learned && !to->learned ? by_destination() : by_source();
}

std::optional<CallMedia::Found> CallMedia::look_up(const Flow& flow) const {
  if (auto found =
          decide(endpoints_.peek(key(flow.tap, flow.destination)), endpoints_.peek(key(flow.tap, flow.source))))
    return found;
  for (const Endpoint& end : {flow.destination, flow.source})
    if (const Found* const known = by_ssrc_.peek(ssrc_key(flow.ssrc, end))) return *known;
  return std::nullopt;
}

const CallMedium* CallMedia::find(const Flow& flow) const {
  const auto found = look_up(flow);
  return found ? calls_.peek(found->call) : nullptr;
}

void CallMedia::learn(const CallMedium& call, const Flow& flow, const Found& found) {
  // Who sends from there is to be reached there (RFC 4961), unless somebody announced it.
  const std::size_t self = hash(call.call_id);
  Entry& entry = endpoints_[key(flow.tap, flow.source)];
  if (entry.call == 0 || (entry.learned && entry.call != self) || ended(entry.call))
    entry = {self, other(found.to), found.audio, true, false};
  for (const Endpoint& end : {flow.destination, flow.source}) by_ssrc_[ssrc_key(flow.ssrc, end)] = found;
}

MediaStream* CallMedia::stream_of(CallMedium& call, const Flow& flow, const Found& found) {
  const Place place = place_of(taps_[flow.tap].side);
  for (MediaStream& stream : call.streams)
    if (stream.place == place && stream.ssrc == flow.ssrc && stream.source == flow.source &&
        stream.destination == flow.destination)
      return &stream;
  if (call.streams.size() >= kMostStreams) call.streams.erase(call.streams.begin());
  MediaStream& stream =
      call.streams.emplace_back(MediaStream{place, found.to, found.audio, flow.source, flow.destination, flow.ssrc});
  if (flow.first < call.created) {  // it was there before the call: an earlier one had the same ends
    stream.packets = flow.packets;
    stream.noise = flow.comfort_noise;
    stream.gap = flow.longest_gap;
  }
  learn(call, flow, found);
  return &stream;
}

CallMedia::Joined CallMedia::observe(const Flow& flow) {
  if (!flow.believed) return {};
  const auto found = look_up(flow);
  CallMedium* const call = found ? calls_.find(found->call) : nullptr;
  if (call == nullptr) return {};
  const Joined joined{call, found->to};
  MediaStream& stream = *stream_of(*call, flow, *found);
  // A flow that begins anew counts from 0.
  const bool anew = flow.packets < stream.packets;
  const std::uint64_t fresh = flow.packets - (anew ? 0 : stream.packets);
  const std::uint64_t noise = flow.comfort_noise - (anew ? 0 : std::min(stream.noise, flow.comfort_noise));
  stream.packets = flow.packets;
  stream.noise = flow.comfort_noise;
  stream.to = found->to;
  stream.audio = found->audio;
  if (!stream.audio || fresh == 0) return joined;
  PlaceOfCall& place = call->at[index(stream.place)];
  Way& way = (flow.fax ? place.fax : place.to)[index(stream.to)];
  if (way.packets == 0) way.first = std::max(flow.first, call->created);
  way.packets += fresh;
  way.noise += noise;
  if (flow.last > call->agreed) {
    if (flow.longest_gap > stream.gap && way.last > call->agreed && way.since > 0)
      way.pause = std::max(way.pause, flow.longest_gap);
    way.since += fresh;
  }
  stream.gap = flow.longest_gap;
  if (flow.last < way.last) return joined;
  way.last = flow.last;
  way.source = flow.source;
  way.destination = flow.destination;
  way.learned = found->learned;
  return joined;
}

// RTCP goes to the port above (RFC 3550 11), or to the same one (RFC 5761).
void CallMedia::observe(const RtcpSource& source) {
  std::optional<Found> found;
  for (const int below : {0, 1}) {
    if (found) break;
    Endpoint to = source.destination;
    Endpoint from = source.source;
    to.port = static_cast<std::uint16_t>(to.port - below);
    from.port = static_cast<std::uint16_t>(from.port - below);
    found = decide(endpoints_.peek(key(source.tap, to)), endpoints_.peek(key(source.tap, from)));
  }
  CallMedium* const call = found && found->audio ? calls_.find(found->call) : nullptr;
  if (call == nullptr || source.first < call->created) return;
  Referee& referee = call->at[index(place_of(taps_[source.tap].side))].referee[index(other(found->to))];
  if (referee.reports == 0) referee.first = source.first;
  referee.last = source.last;
  referee.reports = source.sender_reports + source.receiver_reports;
  std::uint32_t highest = 0;
  for (const RtcpReport& report : source.reports()) {
    highest += report.highest;
    referee.about = std::max(referee.about, report.reports);
    if (report.highest != report.first_highest && referee.hears == Time{}) referee.hears = source.last;
  }
  if (referee.highest != 0 && highest != referee.highest) referee.hears = source.last;
  referee.highest = highest;
  if (source.sent_packets > referee.sent && referee.sent != 0) referee.sends = source.last;
  referee.sent = source.sent_packets;
}

}  // namespace vialens

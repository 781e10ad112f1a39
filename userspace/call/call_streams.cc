// CallMedia, the streams: to which call one belongs, and which way it goes.
#include <algorithm>
#include <utility>

#include "userspace/call/call_media.h"

namespace vialens {
namespace {

constexpr std::size_t kMostHeard = 16;  // SSRCs that one party reported on
constexpr std::uint64_t kFlowing = 50;  // packets between two reports, of who goes on sending

// By the size of its packets: 64 kbit/s are 40 bytes in 5 ms, and the authentication tag comes on top of that (RFC 3711
// 4.2: 10 or 4 bytes; RFC 7714 13.2: 16), with a key identifier of 4 bytes now and then. Packets of different sizes say
// nothing.
Cover cover_of(std::uint8_t type, std::uint64_t bytes, std::uint64_t packets) noexcept {
  constexpr std::uint8_t kPcmu = 0, kPcma = 8, kG722 = 9;
  if ((type != kPcmu && type != kPcma && type != kG722) || bytes == 0 || bytes % packets != 0) return Cover::unknown;
  switch (bytes / packets % 40) {
    case 0:
      return Cover::plain;
    case 4:
    case 8:
    case 10:
    case 14:
    case 16:
    case 20:
      return Cover::encrypted;
    default:
      return Cover::unknown;
  }
}

void note_look(Look& look, const Flow& flow, std::uint64_t packets, std::uint64_t bytes) noexcept {
  const Cover cover = cover_of(flow.payload_type, bytes, packets);
  if (look.since == Time{} || look.type != flow.payload_type || look.cover != cover)
    look = {.type = flow.payload_type, .cover = cover, .since = flow.last};
  else
    look.packets += packets;
  for (std::size_t i = 0; i < look.types.size(); ++i) look.types[i] |= flow.payload_types[i];
}

}  // namespace

bool CallMedium::shows_both_sides(Place place) const {
  const auto translated = [](auto& one, auto& other) {
    return one.address.is_private() && !other.address.is_private();
  };
  for (const MediaStream& one : streams)
    for (const MediaStream& other : streams)
      if (one.place == place && other.place == place && one.ssrc == other.ssrc && one.kind == other.kind &&
          ((one.destination == other.destination && translated(one.source, other.source)) ||
           (one.source == other.source && translated(one.destination, other.destination))))
        return true;
  return false;
}

// Where the two ends belong to different calls, the source says whose sound it is, and the destination only where it
// ends up; but what was announced goes before what was learned, what one call announced before what several did, and a
// call that is up before one that is over.
std::optional<CallMedia::Found> CallMedia::decide(const Entry* to, const Entry* from) const {
  if (to == nullptr && from == nullptr) return std::nullopt;
  const auto by_destination = [&] { return Found{to->call, to->owner, to->audio, to->learned}; };
  const auto by_source = [&] { return Found{from->call, other(from->owner), from->audio, from->learned}; };
  if (to == nullptr) return by_source();
  if (from == nullptr) return by_destination();
  if (to->call == from->call) return Found{to->call, to->owner, to->audio, to->learned && from->learned};
  if (ended(to->call) != ended(from->call)) return ended(to->call) ? by_source() : by_destination();
  if (to->contested != from->contested) return to->contested ? by_source() : by_destination();
  return from->learned && !to->learned ? by_destination() : by_source();
}

std::optional<CallMedia::Found> CallMedia::look_up(const Flow& flow) const {
  const auto found =
      decide(endpoints_.peek(key(flow.tap, flow.destination)), endpoints_.peek(key(flow.tap, flow.source)));
  if (found && !found->learned) return found;
  // On the other side of the box an end of it may be announced.
  for (const Endpoint& end : {flow.destination, flow.source}) {
    const Found* const known = by_ssrc_.peek(ssrc_key(flow.ssrc, end));
    if (known != nullptr && (!found || (known->call == found->call && known->to == found->to))) return *known;
  }
  return found;
}

void CallMedia::learn(CallMedium& call, const Flow& flow, const Found& found) {
  // Who sends from there is to be reached there (RFC 4961), unless somebody announced it.
  const std::size_t self = hash(call.call_id);
  const std::size_t source = key(flow.tap, flow.source);
  const Entry& entry = endpoints_[source];
  if (entry.call == 0 || (entry.learned && entry.call != self) || ended(entry.call))
    file(call, source, {self, other(found.to), found.audio, true, false});
  for (const Endpoint& end : {flow.destination, flow.source}) by_ssrc_[ssrc_key(flow.ssrc, end)] = found;
}

MediaStream* CallMedia::stream_of(CallMedium& call, const Flow& flow, const FlowCounts* told, const Found& found) {
  const Place place = place_of(taps_[flow.tap].side);
  for (MediaStream& stream : call.streams)
    if (stream.place == place && stream.ssrc == flow.ssrc && stream.kind == flow.kind && stream.source == flow.source &&
        stream.destination == flow.destination)
      return &stream;
  if (call.streams.size() >= kMostStreams) call.streams.erase(call.streams.begin());
  MediaStream& stream = call.streams.emplace_back(
      MediaStream{place, found.to, found.audio, flow.source, flow.destination, flow.ssrc, flow.kind});
  if (flow.first < call.created) {  // it was there before the call: an earlier one had the same ends
    FlowCounts& before = stream.before.make();
    before = told != nullptr ? *told : counts_of(flow);
    before.longest_gap = flow.longest_gap;  // between the calls, if not within the earlier one
    stream.packets = before.packets;
    stream.noise = before.noise;
    stream.bytes = before.bytes;
    stream.gap = flow.longest_gap;
  }
  learn(call, flow, found);
  return &stream;
}

// Of what shares one port, the payload type tells the sections apart, as whoever receives it has announced them (RFC
// 9143 9.2).
bool CallMedia::is_audio(const CallMedium& call, const Flow& flow, const Found& found) const {
  if (!found.audio || flow.kind != FlowKind::rtp) return found.audio;
  return !call.of(place_of(taps_[flow.tap].side)).said[index(found.to)].lists_without_audio(flow.payload_types);
}

CallMedia::Joined CallMedia::observe(const Flow& flow, const FlowCounts* told) {
  if (!flow.believed) return {};
  const auto found = look_up(flow);
  CallMedium* const call = found ? calls_.find(found->call) : nullptr;
  if (call == nullptr) return {};
  MediaStream& stream = *stream_of(*call, flow, told, *found);
  // A flow that begins anew counts from 0.
  const bool anew = flow.packets < stream.packets;
  if (anew) stream.before = {};
  const FlowCounts* const before = stream.before->packets != 0 ? &*stream.before : nullptr;
  const Joined joined{call, found->to, is_audio(*call, flow, *found), before};
  const std::uint64_t fresh = flow.packets - (anew ? 0 : stream.packets);
  const std::uint64_t noise = flow.comfort_noise - (anew ? 0 : std::min(stream.noise, flow.comfort_noise));
  const std::uint64_t bytes = flow.bytes - (anew ? 0 : std::min(stream.bytes, flow.bytes));
  stream.packets = flow.packets;
  stream.noise = flow.comfort_noise;
  stream.bytes = flow.bytes;
  stream.to = found->to;
  stream.audio = joined.audio;
  if (!stream.audio || fresh == 0) return joined;
  PlaceOfCall& place = call->at[index(stream.place)];
  ByParty<Way>& ways = flow.kind == FlowKind::fax    ? place.fax.make()
                       : flow.kind == FlowKind::dtls ? place.dtls.make()
                                                     : place.to;
  Way& way = ways[index(stream.to)];
  if (way.packets == 0) way.first = std::max(flow.first, call->created);
  way.packets += fresh;
  way.noise += noise;
  if (flow.last > call->agreed) {
    if (flow.longest_gap > stream.gap && way.last > call->agreed && way.since > 0)
      way.pause = std::max(way.pause, flow.longest_gap);
    way.since += fresh;
    way.bytes += bytes;
    note_look(way.look, flow, fresh, bytes);
  }
  stream.gap = flow.longest_gap;
  if (flow.last < way.last) return joined;
  const Time since = std::max({flow.first, way.last, way.first});
  if (flow.source != way.source) way.source_since = since;
  if (flow.destination != way.destination) way.destination_since = since;
  way.last = flow.last;
  way.source = flow.source;
  way.destination = flow.destination;
  way.ssrc = flow.ssrc;
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
  const Party party = other(found->to);
  PlaceOfCall& place = call->at[index(place_of(taps_[source.tap].side))];
  Referee& referee = place.referee.make()[index(party)];
  const bool first = referee.reports == 0;
  if (first) referee.first = source.first;
  const Time before = std::exchange(referee.last, source.last);
  const std::uint64_t reports_before = referee.reports;
  referee.reports = source.sender_reports + source.receiver_reports;
  referee.hidden = referee.hidden || source.malformed > 0;
  const Time heard_before = referee.hears;
  std::uint32_t highest = 0;
  for (const RtcpReport& report : source.reports()) {
    highest += report.highest;
    referee.about = std::max(referee.about, report.reports);
    if (report.highest != report.first_highest && referee.hears == Time{}) referee.hears = source.last;
    const bool known = std::find(referee.heard.begin(), referee.heard.end(), report.ssrc) != referee.heard.end();
    if (!known && referee.heard.size() < kMostHeard) referee.heard.push_back(report.ssrc);
  }
  if (referee.highest != 0 && highest != referee.highest) referee.hears = source.last;
  referee.highest = highest;
  if (referee.reports > reports_before) {
    const std::uint64_t packets = place.to[index(party)].packets;
    const bool grew = first || referee.hears != heard_before;
    referee.still = grew || packets < referee.packets_then + kFlowing ? 0 : referee.still + 1;
    if (referee.still == 0) referee.still_since = source.last;
    referee.packets_then = packets;
  }
  if (source.sent_packets > referee.sent && referee.sent != 0) {
    referee.sends = source.last;
    referee.sends_since = before;
  }
  referee.sent = source.sent_packets;
}

}  // namespace vialens

// What the streams of a call show of why somebody hears nothing, or why somebody hears something in spite of the
// signalling: silence that is sent, pauses by design, answers to where media comes from, a path that is not here.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "userspace/detect/all.h"
#include "userspace/detect/media_bypass.h"

namespace vialens {
namespace {

constexpr double kMute = 0.9, kSuppressed = 0.9, kLatched = 0.95, kBypass = 0.8, kOffload = 0.7;
constexpr std::uint64_t kPackets = 100;  // 2 s at 20 ms
constexpr Duration kPause = std::chrono::seconds(1);
constexpr Duration kPatience = std::chrono::seconds(8);  // without any packet, before anything is said of a call
constexpr Duration kAtOnce = std::chrono::milliseconds(500);
constexpr Duration kGivesUp = std::chrono::minutes(2);
constexpr std::uint64_t kFew = 10;

class NoteMedia final : public Detector {
 public:
  explicit NoteMedia(const Scene& scene) : scene_(scene) {}

  void on_flow(const Flow& flow, const CallMedia::Joined& joined, Findings& findings) override {
    if (joined.call == nullptr || joined.call->agreed == Time{}) return;
    look_at(*joined.call, flow, findings);
    look_for_latching(*joined.call, flow, findings);
  }

  void advance(Time now, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) {
      if (call.agreed == Time{} || call.ended != Time{} || call.held || call.fax) return;
      if (!call.streams.empty())
        look_for_offload(call, now, findings);
      else if (now - call.agreed >= kPatience && now - call.agreed <= kGivesUp)
        look_for_bypass(call, now, findings);
    });
  }

 private:
  void tell(std::string_view id, double confidence, const CallMedium& call, Time time, std::string detail,
            Evidence evidence, Findings& findings) const {
    const FindingKind* const kind = find_kind(id);
    const Subject subject = subject_of_call(call.call_id);
    if (findings.repeats(kind, subject, confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = time;
    finding.subject = subject;
    finding.detail = std::move(detail);
    finding.evidence.push_back(std::move(evidence));
    findings.add(finding);
  }

  Evidence of_stream(const Flow& flow, std::string_view field, std::string value) const {
    return {scene_.taps[flow.tap].name, "RTP", 0, std::string(field), "", std::move(value)};
  }

  void look_at(const CallMedium& call, const Flow& flow, Findings& findings) const {
    if (flow.packets >= kPackets && flow.silent * 50 >= flow.packets * 49)
      tell("note-mute", kMute, call, flow.last,
           fmt::format("What {} sends is silence: {} of {} packets have the same sample throughout.",
                       to_string(flow.source), flow.silent, flow.packets),
           of_stream(flow, "silent packets", std::to_string(flow.silent)), findings);
    if (flow.comfort_noise > 0 && flow.longest_gap >= kPause)
      tell("note-silence-suppression", kSuppressed, call, flow.last,
           fmt::format("{} sends comfort noise and pauses while nobody speaks, up to {:.1f} s.", to_string(flow.source),
                       std::chrono::duration<double>(flow.longest_gap).count()),
           of_stream(flow, "longest pause",
                     fmt::format("{:.1f} s", std::chrono::duration<double>(flow.longest_gap).count())),
           findings);
  }

  // The provider answers to where the media comes from (RFC 7362): then the address that was announced to it, which
  // leads nowhere from there, does no harm.
  void look_for_latching(const CallMedium& call, const Flow& flow, Findings& findings) const {
    const Place place = place_of(scene_.taps[flow.tap].side);
    if (place == Place::inside) return;
    const bool answered = std::any_of(call.streams.begin(), call.streams.end(), [&](const MediaStream& other) {
      return other.place == place && other.source == flow.destination && other.destination == flow.source;
    });
    if (!answered) return;
    // One of the two is what the phone announced, and is not where either stream goes.
    for (const Party party : {Party::caller, Party::callee}) {
      const Endpoint& announced = call.of(place).said[index(party)].where;
      const Endpoint& remote = call.of(place).said[index(other(party))].where;
      if (!announced.address.is_private() || announced.address.is_unspecified()) continue;
      if (announced == flow.source || announced == flow.destination) continue;
      const bool to_phone = flow.source == remote || flow.source.address == remote.address;
      const Endpoint& phone = to_phone ? flow.destination : flow.source;
      tell("note-latched", kLatched, call, flow.last,
           fmt::format("{} was announced for the phone's media, which nobody reaches from outside, but the other end "
                       "sends to {}, where the phone's media comes from.",
                       to_string(announced), to_string(phone)),
           of_stream(flow, "destination", to_string(phone)), findings);
      return;
    }
  }

  // No packet of the call has been seen, and it was agreed that there need not be: both ends are on one side of the
  // box, or the phone has its media somewhere else than itself.
  void look_for_bypass(const CallMedium& call, Time now, Findings& findings) const {
    const auto bypass = media_bypass(call, scene_.box);
    if (!bypass) return;
    const Endpoint& caller = bypass->place->said[0].where;
    const Endpoint& callee = bypass->place->said[1].where;
    tell("note-media-bypass", kBypass, call, now,
         fmt::format("Media was agreed between {} and {}, and none of it passes here: {}.", to_string(caller),
                     to_string(callee), bypass->direct ? "the two are neighbours" : "the phone has it somewhere else"),
         {bypass->place->tap->name, "SDP", 0, "media addresses", to_string(caller), to_string(callee)}, findings);
  }

  // Both directions vanish at the same moment wherever we look, and the call goes on: not two people, but one box that
  // hands the streams to its hardware.
  void look_for_offload(const CallMedium& call, Time now, Findings& findings) const {
    Time earliest = Time::max();
    Time latest = Time::min();
    ByParty<bool> both{};
    const TapInfo* tap = nullptr;
    for (const PlaceOfCall& place : call.at) {
      for (const Party party : {Party::caller, Party::callee}) {
        const Way& way = place.to[index(party)];
        if (way.packets < kFew) continue;
        earliest = std::min(earliest, way.last);
        latest = std::max(latest, way.last);
        both[index(party)] = true;
      }
      if (tap == nullptr) tap = place.tap;
    }
    if (!both[0] || !both[1] || tap == nullptr || latest - earliest > kAtOnce || now - latest < kPatience ||
        latest < call.agreed)
      return;
    const Time begin = call.answered != Time{} ? call.answered : call.agreed;
    tell("note-offload", kOffload, call, now,
         fmt::format("Both directions of the media vanished at once {:.1f} s after the {}, and the call goes on: the "
                     "box may have handed them to its hardware, where they are not seen.",
                     std::chrono::duration<double>(latest - begin).count(),
                     call.from_the_start ? "answer" : "first agreement that was seen"),
         {tap->name, "RTP", 0, "streams", "", std::to_string(call.streams.size())}, findings);
  }

  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_note_media(const Scene& scene) { return std::make_unique<NoteMedia>(scene); }

}  // namespace vialens

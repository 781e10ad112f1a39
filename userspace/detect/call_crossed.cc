// The signalling of a second call broke the first one: an established call loses its media when an INVITE or BYE of
// another call passes on the same signalling flow, as with boxes that file their pinholes by that flow.
//
// What is lost has to be lost in the box, because people fall silent at any time; and where calls begin every few
// seconds, that one did so just then says nothing.
//
// Where the box already knows the stream, a forgotten pinhole harms nobody: Linux loses only what had not begun. So it
// is also said of media that the box turns away from its first packet on, to an end point that the box itself wrote, if
// another call's INVITE or BYE passed between the agreement and that packet, and that other call's media gets through
// (so that the box does open pinholes), and soon enough for the pinhole not to have ended by itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/media_diagnosis.h"

namespace vialens {
namespace {

using State = Hearing::State;

constexpr double kProof = 0.93, kFromTheStart = 0.85, kHint = 0.45;
constexpr std::uint64_t kPackets = 50;                         // that prove a stream
constexpr Duration kPinholeLives = std::chrono::seconds(150);  // Linux: 180 s without a packet
constexpr Duration kBefore = std::chrono::seconds(2), kAfter = std::chrono::milliseconds(200);
constexpr Duration kBusy = std::chrono::seconds(20);
constexpr Patience kPatience{std::chrono::seconds(8), std::chrono::seconds(3)};

class CallCrossed final : public Detector {
 public:
  explicit CallCrossed(const Scene& scene) : scene_(scene), diagnosis_(scene) {}

  void on_message(const Seen& seen, Findings&) override {
    const sip::Message& message = *seen.sighting.message;
    if (!message.is_request() || (message.method() != "INVITE" && message.method() != "BYE") || seen.copy > 1) return;
    Events& events = events_[flow_key(seen.sighting.tap->side, seen.sighting.source, seen.sighting.destination)];
    events.last[events.next++ % events.last.size()] = {seen.sighting.time, hash(seen.call_id),
                                                       message.method() == "BYE"};
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) {
      if (call.live()) look_at(call, now, findings);
    });
  }

 private:
  struct Event {
    Time time{};
    std::size_t call = 0;
    bool bye = false;
  };
  struct Events {  // the latest ones of a signalling flow
    std::array<Event, 8> last{};
    std::size_t next = 0;
  };

  // The same both ways.
  static std::size_t flow_key(Side side, const Endpoint& a, const Endpoint& b) noexcept {
    const auto& [low, high] = std::minmax(a, b);
    return mix(mix(std::hash<Endpoint>{}(low), std::hash<Endpoint>{}(high)), index(place_of(side)));
  }

  void look_at(const CallMedium& call, Time now, Findings& findings) const {
    const Time settled = std::max(MediaDiagnosis::settled(call), lost_);
    for (const Party party : {Party::caller, Party::callee}) {
      const Way& way = call.of(call.nearest(party)).to[index(party)];
      if (way.packets == 0 && call.inside == party) look_from_the_start(call, party, settled, now, findings);
      if (way.packets < kPackets || now - way.last < kPatience.stopped) continue;  // the cheap question first
      const Hearing hearing = diagnosis_.of(call, party, now, settled, kPatience);
      if (hearing.state != State::deaf || !hearing.in_box || !hearing.stopped) continue;
      for (const PlaceOfCall& place : call.at)
        if (place.tap != nullptr) look_at(call, place, party, hearing, findings);
    }
  }

  // Turned away from the first packet on.
  void look_from_the_start(const CallMedium& call, Party party, Time settled, Time now, Findings& findings) const {
    const PlaceOfCall& outside = call.of(Place::outside);
    const Way& entered = outside.to[index(party)];
    if (!call.both() || entered.packets < kPackets || entered.first - settled > kPinholeLives ||
        call.told(party).where == call.own(party).where)
      return;
    const Hearing hearing = diagnosis_.of(call, party, now, settled, kPatience);
    if (hearing.state != State::deaf || !hearing.in_box || hearing.stopped) return;
    const Events* const events =
        events_.peek(flow_key(outside.tap->side, outside.signalling[0], outside.signalling[1]));
    if (events == nullptr) return;
    for (const Event& event : events->last)
      if (event.call != hash(call.call_id) && event.time > settled && event.time < entered.first &&
          gets_through(scene_.calls.find(event.call)))
        return tell(call, party, hearing, event, kFromTheStart, findings);
  }

  // Whether the media of this call comes through to the LAN.
  static bool gets_through(const CallMedium* call) {
    return call != nullptr && call->inside && call->of(Place::inside).to[index(*call->inside)].packets >= kPackets;
  }

  void look_at(const CallMedium& call, const PlaceOfCall& place, Party party, const Hearing& hearing,
               Findings& findings) const {
    const Events* const events = events_.peek(flow_key(place.tap->side, place.signalling[0], place.signalling[1]));
    if (events == nullptr) return;
    const Event* cause = nullptr;
    int busy = 0;
    for (const Event& event : events->last) {
      if (event.call == hash(call.call_id) || event.time == Time{}) continue;
      if (event.time >= hearing.since - kBefore && event.time <= hearing.since + kAfter) cause = &event;
      if (event.time >= hearing.since - kBusy && event.time <= hearing.since) ++busy;
    }
    if (cause == nullptr) return;
    tell(call, party, hearing, *cause, busy > 3 ? kHint : kProof, findings);
  }

  void tell(const CallMedium& call, Party party, const Hearing& hearing, const Event& cause, double confidence,
            Findings& findings) const {
    const FindingKind* const kind = find_kind("call-crossed");
    if (findings.repeats(kind, subject_of_call(call.call_id), confidence)) return;
    Finding finding = diagnosis_.finding(kind, call, party, hearing);
    finding.confidence = confidence;
    finding.detail = fmt::format("{:.1f} s after the {} of another call passed, {} {} {}: {}.",
                                 std::max(0.0, std::chrono::duration<double>(hearing.since - cause.time).count()),
                                 cause.bye ? "BYE" : "INVITE", MediaDiagnosis::name(call, party),
                                 hearing.stopped ? "no longer hears" : "does not hear",
                                 MediaDiagnosis::name(call, other(party)), hearing.why);
    findings.add(finding);
  }

  const Scene& scene_;
  MediaDiagnosis diagnosis_;
  Memory<Events> events_{16384};  // by signalling flow
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_crossed(const Scene& scene) { return std::make_unique<CallCrossed>(scene); }

}  // namespace vialens

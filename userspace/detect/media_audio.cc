// Somebody hears nothing: one of the two (media-one-way), or both (media-none).
//
// Told during the call: eight seconds after the answer, or after the last packet that came about four. A call of which
// no packet at all is seen may have its media elsewhere, or the capture may have left it out: that is told only if the
// box itself loses it, if both were told to send to where nothing can arrive, or if media with the same other end was
// seen to pass here before. That both were told private addresses says little by itself: two phones of one LAN reach
// each other there, and so do two sites with a tunnel between them.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/media_bypass.h"
#include "userspace/detect/media_diagnosis.h"
#include "userspace/detect/media_handshake.h"

namespace vialens {
namespace {

using State = Hearing::State;

constexpr double kMost = 0.93, kBothNowhere = 0.9, kPassesHere = 0.6, kHint = 0.4;
constexpr Duration kRemembered = std::chrono::hours(1);

std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

class MediaAudio final : public Detector {
 public:
  explicit MediaAudio(const Scene& scene) : scene_(scene), diagnosis_(scene, &latching_) {}

  void on_flow(const Flow& flow, const CallMedia::Joined& joined, Findings&) override {
    latching_.observe(flow, joined, scene_.taps[flow.tap]);
    for (const Address& address : {flow.source.address, flow.destination.address})
      if (!address.is_private()) passes_[key(place_of(scene_.taps[flow.tap].side), address)] = {flow.first, flow.last};
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) { look_at(call, now, findings); });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  struct Passage {
    Time first{}, last{};
  };

  static std::size_t key(Place place, const Address& address) noexcept {
    return mix(std::hash<Address>{}(address), index(place));
  }

  void look_at(const CallMedium& call, Time now, Findings& findings) const {
    if (call.answered == Time{}) return;
    if (call.ended != Time{}) now = std::min(now, call.ended);
    const Time settled = std::max(MediaDiagnosis::settled(call), lost_);
    const Patience patience;
    const Hearing caller = diagnosis_.of(call, Party::caller, now, settled, patience);
    const Hearing called = diagnosis_.of(call, Party::callee, now, settled, patience);
    // Of the other direction there is a hint at most, and so nothing to say of both.
    const auto only = [](const Hearing& a, const Hearing& b) {
      return (a.in_box || (b.passes && a.confidence >= kLikely)) && b.confidence < kLikely;
    };
    if (caller.state == State::deaf && called.state == State::deaf && !only(caller, called) && !only(called, caller))
      tell_none(call, caller, called, unfinished_handshake(call, now), findings);
    else if (caller.state == State::deaf && !only(called, caller))
      tell_one(call, Party::caller, caller, called, findings);
    else if (called.state == State::deaf)
      tell_one(call, Party::callee, called, caller, findings);
  }

  void tell_one(const CallMedium& call, Party deaf, const Hearing& hearing, const Hearing& other,
                Findings& findings) const {
    // What enters the box and does not leave it is lost, whatever becomes of the other direction.
    const bool lost = hearing.in_box && !call.held;
    if (other.state != State::hears && !other.passes && !lost) return;
    // What one of them cannot play for want of an agreement, the other one seldom can: its stream may be a bit younger.
    if (hearing.unplayable && hearing.until - hearing.since < Patience{}.absent) return;
    const FindingKind* const kind = find_kind("media-one-way");
    if (findings.repeats(kind, subject_of_call(call.call_id), hearing.confidence)) return;
    Finding finding = diagnosis_.finding(kind, call, deaf, hearing);
    finding.detail = fmt::format("{} does not hear {}, since {:.1f} s after the answer: {}.",
                                 sentence(MediaDiagnosis::name(call, deaf)),
                                 MediaDiagnosis::name(call, vialens::other(deaf)), age(call, hearing), hearing.why);
    findings.add(finding);
  }

  void tell_none(const CallMedium& call, const Hearing& caller, const Hearing& called,
                 const std::optional<Handshake>& handshake, Findings& findings) const {
    const bool in_box = caller.in_box || called.in_box;
    const bool unrouted = is_unrouted(caller) && is_unrouted(called);
    double confidence = 0;
    if (in_box)
      confidence =
          std::min(std::max(caller.in_box ? caller.confidence : 0, called.in_box ? called.confidence : 0), kMost);
    else if (caller.nowhere && called.nowhere)
      confidence = kBothNowhere;
    else if ((caller.unplayable && called.unplayable) || (unrouted && !call.streams.empty()))
      confidence = std::min(caller.confidence, called.confidence);
    else if (handshake)
      confidence = handshake->confidence;
    else if (caller.stopped || called.stopped || media_bypass(call, scene_.box))
      return;
    else if (passes_here(call))
      confidence = kPassesHere;
    else if (unrouted)
      confidence = kHint;
    const FindingKind* const kind = find_kind("media-none");
    if (confidence == 0 || findings.repeats(kind, subject_of_call(call.call_id), confidence)) return;
    Finding finding = diagnosis_.finding(kind, call, Party::caller, caller);
    finding.confidence = confidence;
    finding.direction.clear();
    finding.locus = std::min(MediaDiagnosis::locus(caller), MediaDiagnosis::locus(called));
    finding.time = std::max(caller.until, called.until);
    finding.detail = fmt::format("Nobody hears anybody, since {:.1f} s after the answer: {}, and {}.",
                                 age(call, caller), caller.why, called.why);
    if (handshake) finding.detail += " " + handshake->why;
    findings.add(finding);
  }

  static bool is_unrouted(const Hearing& hearing) { return hearing.nowhere || hearing.unrouted; }

  // Media of other calls with the same other end was seen here.
  bool passes_here(const CallMedium& call) const {
    for (const Party party : {Party::caller, Party::callee}) {
      const Place place = call.nearest(party);
      if (place == Place::inside) continue;
      const Passage* const passage = passes_.peek(key(place, call.own(party).where.address));
      if (passage != nullptr && passage->first < call.created && call.created - passage->last < kRemembered)
        return true;
    }
    return false;
  }

  static double age(const CallMedium& call, const Hearing& hearing) {
    return std::max(0.0, std::chrono::duration<double>(hearing.since - call.answered).count());
  }

  const Scene& scene_;
  Latching latching_;
  MediaDiagnosis diagnosis_;
  Memory<Passage> passes_{8192};  // by place and address
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_media_audio(const Scene& scene) { return std::make_unique<MediaAudio>(scene); }

}  // namespace vialens

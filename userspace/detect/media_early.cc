// Media was announced before the answer, and the caller hears none of it.
//
// A 183 with a description announces it; so does P-Early-Media (RFC 5009). That a 180 with one is followed by nothing
// is normal: the caller's phone rings by itself (RFC 3960 3.2), and so it does when a 180 follows the 183.
// Preconditions (RFC 3312) use a 183 for something else. Proven where it enters the box and does not leave it; else
// likely, if the caller sends its half.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/media_diagnosis.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr double kInBox = 0.93, kAnnounced = 0.75, kLikelyMissing = 0.65;
constexpr Duration kPatience = std::chrono::seconds(4), kAlive = std::chrono::milliseconds(2500);
constexpr std::uint64_t kPackets = 50;

class MediaEarly final : public Detector {
 public:
  explicit MediaEarly(const Scene& scene) : scene_(scene), diagnosis_(scene) {}

  void on_message(const Seen& seen, Findings&) override {
    const sip::Message& message = *seen.sighting.message;
    if (message.method() != "INVITE" || message.status() <= 100 || message.status() >= 200) return;
    Announcement& known = announcements_[hash(seen.call_id)];
    if (seen.sdp == nullptr) {
      known.rings = known.rings || message.status() == 180;
      return;
    }
    const std::string_view header = header_of(message, "P-Early-Media");
    known.progress = known.progress || message.status() == 183;
    known.promised = header.starts_with("sendrecv") || header.starts_with("sendonly");
    known.denied = header.starts_with("inactive") || header.starts_with("recvonly") ||
                   seen.sdp->text().find("a=des:qos mandatory") != std::string_view::npos;
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) {
      if (call.early == Time{} || call.agreed > call.early) return;
      const Time until = call.answered != Time{} ? call.answered : call.ended != Time{} ? call.ended : now;
      look_at(call, std::min(now, until), findings);
    });
    std::erase_if(waiting_, [&](const Waiting& one) {
      if (!scene_.shows_media(one.side)) return false;
      findings.add(one.finding);
      return true;
    });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  struct Announcement {
    bool progress = false;  // 183 with a description
    bool rings = false;     // 180 without one
    bool promised = false, denied = false;
  };

  // For a sign that the capture of that side has media at all: a file may have been filtered.
  struct Waiting {
    Side side;
    Finding finding;
  };
  static constexpr std::size_t kMostWaiting = 64;

  void look_at(const CallMedium& call, Time now, Findings& findings) {
    const Announcement* const known = announcements_.peek(hash(call.call_id));
    if (known == nullptr || call.ice || !call.expects(Party::caller)) return;
    const Way& heard = call.of(call.nearest(Party::caller)).to[index(Party::caller)];
    const Way& sent = call.of(call.nearest(Party::callee)).to[index(Party::caller)];
    const Way& back = call.of(call.nearest(Party::caller)).to[index(Party::callee)];
    const Time since = std::max(call.early, lost_);
    if (heard.packets != 0) return;
    const bool in_box = proves(sent, since, now);
    if (!in_box && (known->denied || !known->progress || (known->rings && !known->promised))) return;
    if (!in_box && !proves(back, since, now)) return;
    tell(call, in_box ? sent : back, in_box ? kInBox : known->promised ? kAnnounced : kLikelyMissing, in_box, findings);
  }

  static bool proves(const Way& way, Time since, Time now) {
    return way.packets >= kPackets && now - way.last <= kAlive &&
           std::min(way.last, now) - std::max(way.first, since) >= kPatience;
  }

  void tell(const CallMedium& call, const Way& witness, double confidence, bool in_box, Findings& findings) {
    const FindingKind* const kind = find_kind("media-early-one-way");
    if (findings.repeats(kind, subject_of_call(call.call_id), confidence)) return;
    Hearing hearing;
    hearing.confidence = confidence;
    hearing.in_box = in_box;
    hearing.until = witness.last;
    Finding finding = diagnosis_.finding(kind, call, Party::caller, hearing);
    finding.detail = in_box ? fmt::format(
                                  "The caller does not hear what is played before the answer: it reaches the "
                                  "router from {} at {} and never leaves to the LAN.",
                                  to_string(witness.source), to_string(witness.destination))
                            : fmt::format(
                                  "Media was announced before the answer, and within {:.1f} s none comes, while the "
                                  "caller sends from {} to {}.",
                                  std::chrono::duration<double>(witness.last - call.early).count(),
                                  to_string(witness.source), to_string(witness.destination));
    const TapInfo* const tap = call.of(call.nearest(Party::caller)).tap;
    if (tap == nullptr || scene_.shows_media(tap->side)) return findings.add(finding);
    const bool waits = std::any_of(waiting_.begin(), waiting_.end(),
                                   [&](const Waiting& one) { return one.finding.subject == finding.subject; });
    if (!waits && waiting_.size() < kMostWaiting) waiting_.push_back({tap->side, std::move(finding)});
  }

  const Scene& scene_;
  MediaDiagnosis diagnosis_;
  Memory<Announcement> announcements_{16384};  // by call
  std::vector<Waiting> waiting_;
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_media_early(const Scene& scene) { return std::make_unique<MediaEarly>(scene); }

}  // namespace vialens

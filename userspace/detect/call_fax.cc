// The switch to fax was agreed to, and the fax (T.38 over UDPTL) enters the box and does not leave it: boxes that open
// their pinholes for audio only.
//
// Only what is lost in the box is told: in a fax one side speaks at a time, so that silence says nothing.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/all.h"
#include "userspace/detect/media_diagnosis.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.9;
constexpr std::uint64_t kPackets = 20;
constexpr Duration kPatience = std::chrono::seconds(5);

class CallFax final : public Detector {
 public:
  explicit CallFax(const Scene& scene) : scene_(scene), diagnosis_(scene) {}

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) {
      if (!call.fax || !call.both() || !call.inside || call.offers) return;
      for (const Party party : {Party::caller, Party::callee}) look_at(call, party, findings);
    });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  void look_at(const CallMedium& call, Party party, Findings& findings) const {
    const Place to = call.nearest(party);
    const Way& enters = (*call.of(call.nearest(other(party))).fax)[index(party)];
    const Way& leaves = (*call.of(to).fax)[index(party)];
    const Time since = std::max({call.agreed, lost_, leaves.last});
    if (enters.since < kPackets || enters.last - std::max(since, enters.first) < kPatience || !went_on(to, since))
      return;
    const TapInfo* const tap = call.of(to).tap;
    if (!scene_.shows_media(tap->side)) return;
    const FindingKind* const kind = find_kind("call-fax-failed");
    if (findings.repeats(kind, subject_of_call(call.call_id), kConfidence)) return;
    Hearing hearing;
    hearing.confidence = kConfidence;
    hearing.in_box = true;
    hearing.stopped = leaves.packets != 0;
    hearing.until = enters.last;
    Finding finding = diagnosis_.finding(kind, call, party, hearing);
    finding.detail = fmt::format("The switch to fax was agreed to, and the fax from {} to {} enters the router and {}.",
                                 to_string(enters.source), to_string(enters.destination),
                                 leaves.packets == 0 ? "never leaves it" : "no longer leaves it");
    findings.add(finding);
  }

  bool went_on(Place place, Time since) const {
    return std::any_of(scene_.taps.begin(), scene_.taps.end(), [&](const TapInfo& tap) {
      return place_of(tap.side) == place && std::max(scene_.packets[tap.id], scene_.heard[tap.id]) - since >= kPatience;
    });
  }

  const Scene& scene_;
  MediaDiagnosis diagnosis_;
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_fax(const Scene& scene) { return std::make_unique<CallFax>(scene); }

}  // namespace vialens

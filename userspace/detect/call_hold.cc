// Putting on hold, and taking back, as the other end gets to know of it.
//
// Hold: the description that enters the box asks for it (sendonly, inactive, or 0.0.0.0 as in RFC 2543, RFC 3264 8.4),
// and the one that leaves does not: the other end goes on talking, and sends to somebody who does not listen.
// Resume: the call was held, is agreed to go both ways again, and one of the two that heard before does not now.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/all.h"
#include "userspace/detect/media_diagnosis.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using State = Hearing::State;

constexpr double kProof = 0.96, kMost = 0.95;
constexpr Patience kPatience{std::chrono::seconds(5), std::chrono::milliseconds(3500)};

class CallHold final : public Detector {
 public:
  explicit CallHold(const Scene& scene) : scene_(scene), diagnosis_(scene) {}

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    const sip::Message& message = *crossing.entry.message;
    if (!message.is_request() || crossing.entry.cut || crossing.exit.cut || crossing.changes.empty()) return;
    if (message.method() != "INVITE" && message.method() != "UPDATE") return;
    const CallMedium* const call = scene_.calls.find(crossing.call_id);
    if (call == nullptr || call->agreed == Time{}) return;
    if (!sip::Sdp::parse(sip::sdp_body(message), entered_) ||
        !sip::Sdp::parse(sip::sdp_body(*crossing.exit.message), left_))
      return;
    const Description before = describe_audio(entered_, entered_);
    const Description after = describe_audio(left_, left_);
    if (!before.active || !after.active || before.holds == after.holds) return;
    if (before.holds)
      tell("call-hold-failed", crossing,
           "The request to hold leaves the router without it: the other end never learns that the call is on hold.",
           findings);
    else if (call->held)
      tell("call-resume-failed", crossing,
           "The request to take the call back leaves the router as one to hold: the other end stays silent.", findings);
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    scene_.calls.each_open([&](const CallMedium& call) {
      if (call.resumed) look_at(call, now, findings);
    });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  static void tell(std::string_view id, const Crossing& crossing, std::string_view detail, Findings& findings) {
    Finding finding = finding_of(find_kind(id), kProof, crossing);
    finding.detail = detail;
    const auto lines = [](const sip::Message& message) { return sip::sdp_body(message); };
    finding.evidence.push_back(
        evidence_of(crossing.exit, "SDP", lines(*crossing.entry.message), lines(*crossing.exit.message)));
    findings.add(finding);
  }

  void look_at(const CallMedium& call, Time now, Findings& findings) const {
    if (call.ended != Time{}) now = std::min(now, call.ended);
    const Time settled = std::max(MediaDiagnosis::settled(call), lost_);
    for (const Party party : {Party::caller, Party::callee}) {
      if (!call.was_heard[index(party)]) continue;
      const Hearing hearing = diagnosis_.of(call, party, now, settled, kPatience);
      if (hearing.state != State::deaf) continue;
      const Hearing back = diagnosis_.of(call, other(party), now, settled, kPatience);
      if (back.state != State::hears && !hearing.in_box) continue;
      const FindingKind* const kind = find_kind("call-resume-failed");
      const double confidence = std::min(hearing.confidence, kMost);
      if (findings.repeats(kind, subject_of_call(call.call_id), confidence)) continue;
      Finding finding = diagnosis_.finding(kind, call, party, hearing);
      finding.confidence = confidence;
      finding.detail =
          fmt::format("Taken back from hold, and {} does not hear {} any more: {}.", MediaDiagnosis::name(call, party),
                      MediaDiagnosis::name(call, other(party)), hearing.why);
      findings.add(finding);
    }
  }

  const Scene& scene_;
  MediaDiagnosis diagnosis_;
  sip::Sdp entered_, left_;  // reused: they are large
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_hold(const Scene& scene) { return std::make_unique<CallHold>(scene); }

}  // namespace vialens

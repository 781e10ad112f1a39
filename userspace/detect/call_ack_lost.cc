// The 200 OK is being repeated, because no ACK answers it.
//
// Who answered a call repeats its 2xx after 0.5, 1, 2, 4, 4, ... s until the ACK comes, whatever the transport, and
// hangs up after 64*T1 (RFC 3261 13.3.1.4). So the repetition itself says that none came, wherever ACKs are to be seen:
// one that passes here and changes nothing went astray. It is told at the third repetition, 3.5 s after the answer.
//
// Copies that come closer than any timer were doubled by the network or the capture.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr int kRepeats = 3;
constexpr double kUnanswered = 0.93;
constexpr double kLeadsNowhere = 0.85;  // an ACK was seen, and may yet arrive in another way

class CallAckLost final : public Detector {
 public:
  explicit CallAckLost(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (!is_answer_of_dialog(seen)) return;
    const Dialog& dialog = *seen.dialog;
    // Those after the first ACK count on their own: before it there was nothing to go by.
    if (dialog.answer.repeats < kRepeats || dialog.repeats_after_ack() < (dialog.ack ? kRepeats : 0)) return;
    const double confidence = dialog.ack ? kLeadsNowhere : kUnanswered;
    const FindingKind* const kind = find_kind("call-ack-lost");
    if (findings.repeats(kind, subject_of_call(seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.detail = fmt::format("{} sent its 200 OK {} times in {:.1f} s, because no ACK has answered it{}.",
                                 to_string(seen.sighting.source), dialog.answer.copies,
                                 seconds(dialog.answer.last - dialog.answer.first), where_it_was_seen(seen));
    finding.evidence.push_back(evidence_of(seen.sighting, "Contact", "", dialog.answer.contact));
    if (dialog.ack) finding.evidence.push_back(evidence_of(seen.sighting, "ACK", "", dialog.ack.request_uri));
    findings.add(finding);
  }

 private:
  std::string where_it_was_seen(const Seen& seen) const {
    const Dialog& dialog = *seen.dialog;
    if (dialog.ack)
      return fmt::format(": the one to {} that passed here leads nowhere", to_string(dialog.ack.destination));
    const Side other = other_side(dialog.side);
    if (!scene_.two_sides || other == Side::unknown) return "";
    const Dialog* const twin = scene_.dialogs.twin(dialog, other);
    if (twin == nullptr || !twin->answer) return ": the 200 OK itself has not passed the router";
    return twin->ack ? ": it entered the router and did not leave" : "";
  }

  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_call_ack_lost(const Scene& scene) { return std::make_unique<CallAckLost>(scene); }

}  // namespace vialens

// The 200 OK is being repeated, because no ACK answers it.
//
// Who answered a call repeats its 2xx after 0.5, 1, 2, 4, 4, ... s until the ACK comes, whatever the transport, and
// hangs up after 64*T1 (RFC 3261 13.3.1.4). So the repetition itself says that none came, wherever ACKs are to be seen:
// one that passes here and changes nothing went astray. It is told at the third repetition, 3.5 s after the answer.
//
// Somebody may only be late. An INVITE without an offer gets its answer with the ACK, and who connects two others has
// to ask the second one for it first (third-party call control, RFC 3725 4.1): a pause then says little for some
// seconds. And with both sides in sight, an ACK that has only just entered is still on its way.
//
// Copies that come closer than any timer were doubled by the network or the capture.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr int kRepeats = 3;
constexpr int kMany = 5;
constexpr double kUnanswered = 0.88, kLongUnanswered = 0.95;
constexpr double kLeadsNowhere = 0.85;  // an ACK was seen, and may yet arrive in another way
constexpr double kMayBeLate = 0.6;
constexpr Duration kOnItsWay = std::chrono::seconds(1);

class CallAckLost final : public Detector {
 public:
  explicit CallAckLost(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::invite)) {
      if (seen.copy == 1 && seen.sdp == nullptr && !seen.sighting.cut) without_offer_[key_of(seen)] = true;
      return;
    }
    if (!is_answer_of_dialog(seen)) return;
    const Dialog& dialog = *seen.dialog;
    // Those after the first ACK count on their own: before it there was nothing to go by.
    if (dialog.answer.repeats < kRepeats || dialog.repeats_after_ack() < (dialog.ack ? kRepeats : 0)) return;
    const bool without_offer = without_offer_.peek(key_of(seen)) != nullptr;
    const double confidence = dialog.ack ? kLeadsNowhere : confidence_of(dialog, without_offer, seen.sighting.time);
    const FindingKind* const kind = find_kind("call-ack-lost");
    if (findings.repeats(kind, subject_of_call(seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.detail = fmt::format(
        "{} sent its 200 OK {} times in {:.1f} s, because no ACK has answered it{}. Unless one does, it hangs up about "
        "32 s after the first{}.",
        to_string(seen.sighting.source), dialog.answer.copies, seconds(dialog.answer.last - dialog.answer.first),
        where_it_was_seen(seen),
        without_offer && !dialog.ack
            ? "; the INVITE made no offer, so that the ACK has to bring the answer and may have to wait for it"
            : "");
    finding.evidence.push_back(evidence_of(seen.sighting, "Contact", "", dialog.answer.contact));
    if (dialog.ack) finding.evidence.push_back(evidence_of(seen.sighting, "ACK", "", dialog.ack.request_uri));
    findings.add(finding);
  }

 private:
  static std::size_t key_of(const Seen& seen) { return mix(hash(seen.call_id), seen.sighting.message->cseq()); }

  double confidence_of(const Dialog& dialog, bool without_offer, Time now) const {
    if (without_offer) return dialog.answer.repeats >= kMany ? kUnanswered : kMayBeLate;
    if (dialog.answer.repeats >= kMany) return kLongUnanswered;
    const Side other = other_side(dialog.side);
    const Dialog* const twin =
        scene_.two_sides && other != Side::unknown ? scene_.dialogs.twin(dialog, other) : nullptr;
    return twin != nullptr && twin->ack && now - twin->ack.first < kOnItsWay ? kMayBeLate : kUnanswered;
  }

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
  Memory<bool> without_offer_{4096};  // INVITEs, by call and CSeq
};

}  // namespace

std::unique_ptr<Detector> make_call_ack_lost(const Scene& scene) { return std::make_unique<CallAckLost>(scene); }

}  // namespace vialens

// A phone keeps ringing, because its CANCEL was lost or matched nothing.
//
// A CANCEL takes back the INVITE with its branch and sent-by (RFC 3261 9.1, 9.2): the phone answers it with 200, and
// the INVITE with 487. It went wrong where a ringing phone
//  - answers 481 although its INVITE is still open,
//  - is sent the CANCEL again and again, and answers nothing: told at the fourth copy,
//  - has a CANCEL that enters the box and does not come out, and its INVITE did,
//  - says 200 to it and answers the call two seconds later nevertheless.
// An INVITE that got its final answer before the CANCEL came is none of this: they crossed each other on the way.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr int kRepeats = 3, kCopies = 2;
constexpr int kCopiesInSilence = 5;  // nothing was seen inside meanwhile: its capture may be over
constexpr Duration kSilence = std::chrono::seconds(3), kCrossed = std::chrono::seconds(2);
constexpr double kMismatch = 0.95, kNoMatch = 0.88, kNoAnswer = 0.7, kNeverCameOut = 0.9, kInSilence = 0.65,
                 kAnsweredAnyway = 0.75;

class CallCancelLost final : public Detector {
 public:
  explicit CallCancelLost(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::cancel)) {
      if (seen.transaction->repeats >= kRepeats) judge_silence(seen, findings);
    } else if (is_answer(seen, Method::cancel)) {
      if (seen.sighting.message->status() == 481) judge_refusal(seen, findings);
    } else if (is_answer(seen, Method::invite)) {
      judge_answer(seen, findings);
    } else if (is_request(seen, Method::invite)) {
      if (seen.sighting.tap->side == Side::lan) inside_[call_of(*seen.transaction)] = seen.transaction->key;
    }
  }

  // What entered has not left.
  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    if (!message.is_request() || message.method() != "CANCEL" || sighting.tap->side != Side::wan ||
        sighting.tap->direction == Direction::out || sighting.transport != Transport::udp)
      return;
    const std::size_t call = mix(hash(stray.call_id), message.cseq());
    const std::size_t* const key = inside_.peek(call);
    const Transaction* const invite = key == nullptr ? nullptr : scene_.transactions.find(*key);
    if (invite == nullptr || !rings(*invite) || invite->cancelled != Time{} || last_capture_loss_ > invite->first)
      return;
    const int copies = ++strays_[call];
    const bool in_sight = in_sight_since(scene_, Side::lan, sighting.time);
    if (copies < (in_sight ? kCopies : kCopiesInSilence)) return;
    Finding finding =
        finding_of(find_kind("call-cancel-lost"), in_sight ? kNeverCameOut : kInSilence, sighting, stray.call_id);
    finding.time = stray.now;
    finding.segment = "lan-wan";
    finding.direction = "in";
    finding.detail =
        fmt::format("CANCEL for the phone at {} entered the router and never came out; the phone rings on.",
                    to_string(invite->server));
    finding.evidence.push_back(evidence_of(sighting, "message", message.start_line(), ""));
    findings.add(finding);
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = std::max(last_capture_loss_, now); }

 private:
  static std::size_t call_of(const Transaction& invite) { return mix(hash(invite.call_id), invite.cseq); }
  static bool rings(const Transaction& invite) { return invite.ringing != Time{} && !invite.final; }

  const Transaction* invite_of(const Transaction& cancel) const {
    return cancel.invite == 0 ? nullptr : scene_.transactions.find(cancel.invite);
  }

  // Its capture here may have missed the answer.
  bool answered_beyond(const Transaction& invite) const {
    const CallMedium* const call = scene_.calls.find(invite.call_id);
    return call != nullptr && call->answered != Time{};
  }

  void judge_silence(const Seen& seen, Findings& findings) {
    const Transaction& cancel = *seen.transaction;
    const Transaction* const invite = invite_of(cancel);
    if (invite == nullptr || !rings(*invite) || cancel.final || seen.sighting.time - cancel.first < kSilence ||
        last_capture_loss_ > cancel.first)
      return;
    tell(seen, kNoAnswer, *invite, "was sent again and again and got no answer", findings);
  }

  void judge_refusal(const Seen& seen, Findings& findings) {
    const Transaction& cancel = *seen.transaction;
    const Transaction* const invite = invite_of(cancel);
    if (invite == nullptr || invite->final || !invite->provisional || answered_beyond(*invite)) return;
    switch (cancel.joined) {
      case Transaction::Joined::by_branch:
        return tell(seen, kMismatch, *invite, "has another sent-by in its Via than the INVITE that it takes back",
                    findings);
      case Transaction::Joined::by_sent_by:
        return tell(seen, kMismatch, *invite, "has another branch in its Via than the INVITE that it takes back",
                    findings);
      default:
        return tell(seen, kNoMatch, *invite, "was answered 481: to the phone it matches no call", findings);
    }
  }

  // The phone took the CANCEL, and its user the call: it cannot have stopped ringing.
  void judge_answer(const Seen& seen, Findings& findings) {
    const Transaction& invite = *seen.transaction;
    const int status = seen.sighting.message->status();
    if (invite.cancelled == Time{} || status < 180 || status >= 300 || (status < 200 && seen.copy == 1)) return;
    if (seen.sighting.time - invite.cancelled < kCrossed * (status < 200 ? 5 : 1)) return;
    tell(seen, kAnsweredAnyway, invite, "was sent, and the phone went on ringing", findings);
  }

  static void tell(const Seen& seen, double confidence, const Transaction& invite, std::string_view what,
                   Findings& findings) {
    const FindingKind* const kind = find_kind("call-cancel-lost");
    if (findings.repeats(kind, subject_of_call(seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.detail =
        fmt::format("CANCEL (CSeq {}) for the phone at {} {}.", invite.cseq, to_string(invite.server), what);
    finding.evidence.push_back(evidence_of(seen.sighting, "message", "", seen.sighting.message->start_line()));
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<std::size_t> inside_{4096};  // by call: the INVITE that came out of the box on the phone's side
  Memory<int> strays_{1024};          // by call: CANCELs that did not
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_cancel_lost(const Scene& scene) { return std::make_unique<CallCancelLost>(scene); }

}  // namespace vialens

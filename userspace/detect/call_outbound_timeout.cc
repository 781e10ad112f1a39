// A phone's INVITE got no answer at all, not even 100 Trying.
//
// The phone repeats it at 0.5, 1, 2, 4, 8 and 16 s and gives up after 64*T1 (RFC 3261 17.1.1.2). That it repeats shows
// that nothing has reached it, whichever way answers go. A hint at the fifth copy, 7.5 s after the first, because some
// servers are slow; strong at the sixth, and when the time is up. Over TCP nothing is repeated: there it is told when
// the time is up, if answers of that server are seen here.
//
// A phone that tries another server meanwhile, and is answered there, has made its call.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr int kRepeats = 4, kMany = 5;
constexpr Duration kLong = std::chrono::seconds(7);
constexpr double kFive = 0.45, kSix = 0.8, kTimedOut = 0.93;

class CallOutboundTimeout final : public Detector {
 public:
  explicit CallOutboundTimeout(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (!sighting.message->is_request()) {
      answers_[server_of(sighting.tap->side, sighting.source)] = true;
      if (!is_answer(seen, Method::invite)) return;
      Time& answered = answered_[hash(seen.call_id)];
      if (answered == Time{}) answered = sighting.time;
      return;
    }
    if (!is_request(seen, Method::invite) || seen.transaction->in_dialog) return;
    const Transaction& invite = *seen.transaction;
    if (seen.copy == 1 && is_from_phone(scene_, sighting)) tried_[invite.key] = sighting.tap;
    if (invite.repeats >= kRepeats && sighting.time - invite.first >= kLong)
      judge(invite, invite.repeats >= kMany ? kSix : kFive, sighting.time, findings);
  }

  void on_timeout(const Transaction& transaction, Findings& findings) override {
    if (transaction.method != Method::invite || transaction.in_dialog) return;
    const Time due = transaction.first + std::chrono::seconds(32);
    if (transaction.transport == Transport::tcp) {
      const bool answers_pass = answers_.peek(server_of(transaction.side, transaction.server)) != nullptr;
      if (!answers_pass || scene_.last_packet(transaction.side) < due) return;
    } else if (transaction.repeats < kRepeats) {
      return;  // the phone gave up, or its capture did
    }
    judge(transaction, kTimedOut, due, findings);
  }

 private:
  static std::size_t server_of(Side side, const Endpoint& server) {
    return mix(std::hash<Address>{}(server.address), static_cast<std::size_t>(side));
  }

  void judge(const Transaction& invite, double confidence, Time now, Findings& findings) {
    const TapInfo* const* const tap = tried_.peek(invite.key);
    if (tap == nullptr || invite.provisional || invite.final) return;
    // Elsewhere, or on the other side of the box: there the answer got lost on its way in, and the phone has none.
    const Time* const answered = answered_.peek(hash(invite.call_id));
    if (answered != nullptr && !is_lost_inside(invite, *answered)) return;
    const FindingKind* const kind = find_kind("call-outbound-timeout");
    if (findings.repeats(kind, subject_of_call(invite.call_id), confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = now;
    finding.subject = subject_of_call(invite.call_id);
    finding.direction = "out";
    finding.detail = fmt::format("INVITE from {} to {} was sent {} times in {:.1f} s and got no answer at all.",
                                 to_string(invite.client), to_string(invite.server), invite.copies,
                                 seconds(invite.last - invite.first));
    finding.evidence.push_back({(*tap)->name, "INVITE", invite.cseq, "destination", to_string(invite.server), ""});
    findings.add(finding);
  }

  // Its own answers were seen outside, and the phone goes on asking.
  bool is_lost_inside(const Transaction& invite, Time answered) const {
    return scene_.two_sides && invite.side == Side::lan && invite.last > answered;
  }

  const Scene& scene_;
  Memory<const TapInfo*> tried_{4096};  // by transaction
  Memory<bool> answers_{4096};          // servers whose answers pass here
  Memory<Time> answered_{16384};        // by call, when first
};

}  // namespace

std::unique_ptr<Detector> make_call_outbound_timeout(const Scene& scene) {
  return std::make_unique<CallOutboundTimeout>(scene);
}

}  // namespace vialens

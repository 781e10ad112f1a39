// An inbound INVITE never reached the phone.
//
// The phone is registered, its provider sends it an INVITE, where its registration came from or where its Contact says,
// and nothing comes back, not even 100 Trying, which a phone sends within 200 ms (RFC 3261 17.2.1): told at the fourth
// copy, 3.5 s after the first. With both sides in sight it must not have come out inside either. With one side in
// sight, a phone that has lost its power looks the same: likely. Where no registration is in sight, a call that was
// answered there within the hour says that there is a phone, and not that it still is: likely at most.
//
// A phone that was handed the INVITE and keeps silent is another matter, unless the router broke what it was handed.
// Strangers who knock are none of the provider's.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/all.h"
#include "userspace/detect/altered.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr int kRepeats = 3;
constexpr Duration kSilence = std::chrono::seconds(3);
constexpr Duration kStillThere = std::chrono::hours(1);
constexpr double kNeverCameOut = 0.92, kOneSide = 0.7, kBroken = 0.8, kPhoneIsSilent = 0.4;
constexpr double kUnregistered = 0.7, kUnregisteredOneSide = 0.55;

class CallInboundLost final : public Detector {
 public:
  explicit CallInboundLost(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings&) override { altered_.note(crossing); }

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_answer(seen, Method::invite) && seen.transaction->is_answered() && !seen.transaction->in_dialog)
      answered_[path_of(*seen.transaction)] = seen.sighting.time;
    if (!is_request(seen, Method::invite) || seen.transaction->in_dialog) return;
    const Transaction& invite = *seen.transaction;
    if (seen.sighting.tap->side == Side::lan) inside_[key_of(invite)] = seen.sighting.time;
    if (seen.copy == 1) note_if_for_phone(seen);
    if (invite.repeats >= kRepeats && seen.sighting.time - invite.first >= kSilence)
      judge(invite, seen.sighting.time, findings);
  }

  // Over TCP nothing is repeated; and some give up earlier.
  void on_timeout(const Transaction& transaction, Findings& findings) override {
    if (transaction.method == Method::invite && !transaction.in_dialog &&
        scene_.last_packet(transaction.side) > transaction.first + kSilence)
      judge(transaction, transaction.last, findings);
  }

 private:
  static std::size_t key_of(const Transaction& invite) { return mix(hash(invite.call_id), invite.cseq); }

  // Whose calls come to which end point.
  static std::size_t path_of(const Transaction& invite) {
    return mix(mix(std::hash<Address>{}(invite.client.address), std::hash<Endpoint>{}(invite.server)),
               static_cast<std::size_t>(invite.side));
  }

  // In one /16, or a /32 of IPv6: what one network usually has at least.
  static bool is_near(const Address& a, const Address& b) {
    const std::ptrdiff_t length = a.is_v4() ? 14 : 4;
    return a.is_v4() == b.is_v4() && std::equal(a.bytes.begin(), a.bytes.begin() + length, b.bytes.begin());
  }

  void note_if_for_phone(const Seen& seen) {
    const Sighting& sighting = seen.sighting;
    const Side side = sighting.tap->side;
    const auto* const phone = scene_.registrar.at(side, sighting.destination, sighting.time);
    if (scene_.clients.is_client(side, sighting.source.address)) return;
    if (phone == nullptr) {
      const Time* const answered = answered_.peek(path_of(*seen.transaction));
      if (answered != nullptr && sighting.time - *answered < kStillThere)
        expected_[seen.transaction->key] = {sighting.tap, sighting.time - *answered, false};
      return;
    }
    const auto target = sip::parse_uri(sighting.message->request_uri());
    // Another host of the provider knows what was registered. A scanner guesses names, and sits elsewhere.
    const bool knows_contact = target && hash(target->user) == phone->contact_user &&
                               is_near(sighting.source.address, phone->registrar.address);
    if (phone->registrar.address != sighting.source.address &&
        !scene_.clients.is_provider(side, sighting.source.address) && !knows_contact)
      return;
    expected_[seen.transaction->key] = {sighting.tap, sighting.time - phone->since, true};
  }

  void judge(const Transaction& invite, Time now, Findings& findings) {
    const Expected* const expected = expected_.peek(invite.key);
    if (expected == nullptr || invite.provisional || invite.final || last_capture_loss_ > invite.first) return;
    const double confidence = confidence_of(invite, expected->registered);
    const FindingKind* const kind = find_kind("call-inbound-lost");
    if (confidence == 0 || findings.repeats(kind, subject_of_call(invite.call_id), confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = now;
    finding.subject = subject_of_call(invite.call_id);
    finding.direction = "in";
    finding.detail = fmt::format(
        "INVITE for the phone at {}, which {} {:.0f} s before, was sent {} times and got no answer{}.",
        to_string(invite.server), expected->registered ? "registered" : "answered a call", seconds(expected->since),
        invite.copies, lost_in_box(invite) ? ": it entered the router and never came out inside" : "");
    finding.evidence.push_back(
        {expected->tap->name, "INVITE", invite.cseq, "destination", to_string(invite.server), ""});
    findings.add(finding);
  }

  bool came_out(const Transaction& invite) const {
    return invite.side == Side::lan || inside_.peek(key_of(invite)) != nullptr;
  }

  bool lost_in_box(const Transaction& invite) const {
    return scene_.two_sides && !came_out(invite) && in_sight_since(scene_, Side::lan, invite.first);
  }

  double confidence_of(const Transaction& invite, bool registered) const {
    if (came_out(invite)) {
      const Altered::Note* const note = altered_.find(invite.call_id, "INVITE", invite.cseq);
      return note != nullptr && note->grade >= Grade::incomplete ? kBroken : kPhoneIsSilent;
    }
    if (lost_in_box(invite)) return registered ? kNeverCameOut : kUnregistered;
    return registered ? kOneSide : kUnregisteredOneSide;
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = std::max(last_capture_loss_, now); }

  struct Expected {
    const TapInfo* tap = nullptr;
    Duration since{};  // it registered, or answered a call
    bool registered = false;
  };

  const Scene& scene_;
  Altered altered_;
  Memory<Expected> expected_{4096};  // by transaction
  Memory<Time> inside_{4096};        // INVITEs that were seen on the phone's side
  Memory<Time> answered_{4096};      // calls, by path
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_inbound_lost(const Scene& scene) {
  return std::make_unique<CallInboundLost>(scene);
}

}  // namespace vialens

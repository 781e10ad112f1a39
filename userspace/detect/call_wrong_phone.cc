// The wrong phone rings: it was sent a call for a Contact that another phone registered.
//
// The Request-URI of a call is the Contact that the registrar was given (RFC 3261 16.5). Where a router wrote the same
// address and port into the Contacts of two phones, both lead to one of them. Told when a phone rings for a user that
// only phones at other end points have registered, and it has registered another. Forwarding does not look like that:
// there the Request-URI names the phone that is to ring. Several extensions of one telephone system register from one
// end point.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kRings = 0.9, kRefuses = 0.6;

class CallWrongPhone final : public Detector {
 public:
  explicit CallWrongPhone(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::invite) && seen.copy == 1 && !seen.transaction->in_dialog) note(seen);
    if (!is_answer(seen, Method::invite) || seen.copy != 1) return;
    const int status = seen.sighting.message->status();
    const bool rings = status >= 180 && status < 300;
    if (!rings && status != 404) return;
    const Astray* const astray = astray_.peek(seen.transaction->key);
    if (astray != nullptr) tell(seen, *astray, rings, findings);
  }

 private:
  struct Astray {
    std::string wanted, rang;  // the Contact that was called, and whose phone it is
  };

  void note(const Seen& seen) {
    const Sighting& sighting = seen.sighting;
    const Side side = sighting.tap->side;
    const auto target = sip::parse_uri(sighting.message->request_uri());
    const auto* const phone = scene_.registrar.at(side, sighting.destination, sighting.time);
    if (!target || phone == nullptr || phone->phone != sighting.destination ||
        hash(target->user) == phone->contact_user ||
        scene_.registrar.user_at(side, target->user, sighting.destination) != Registrar::Known::elsewhere)
      return;
    astray_[seen.transaction->key] = {std::string(target->text), phone->aor};
  }

  void tell(const Seen& seen, const Astray& astray, bool rings, Findings& findings) {
    const double confidence = rings ? kRings : kRefuses;
    const FindingKind* const kind = find_kind("call-wrong-phone");
    if (findings.repeats(kind, subject_of_call(seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.direction = "in";
    finding.detail = fmt::format("The call for {}, which another phone registered, came to the phone of {} at {}.",
                                 astray.wanted, astray.rang, to_string(seen.sighting.source));
    finding.evidence.push_back(evidence_of(seen.sighting, "Request-URI", astray.rang, astray.wanted));
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Astray> astray_{2048};  // by transaction
};

}  // namespace

std::unique_ptr<Detector> make_call_wrong_phone(const Scene& scene) { return std::make_unique<CallWrongPhone>(scene); }

}  // namespace vialens

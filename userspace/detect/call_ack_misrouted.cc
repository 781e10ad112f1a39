// The ACK was sent to another address than the Contact of the 200 OK.
//
// Its Request-URI is that Contact, whatever Route it has (RFC 3261 12.2.1.1, 13.2.2.4); only a strict router in front
// of the others puts its own URI there and the Contact at the end of Route. On one and the same link the two are the
// same, unless somebody further on changed the Contact on its way and not back. It is told where the 200 OK goes on
// being repeated nevertheless: in front of a phone that announces a GRUU they may differ, and all is well (RFC
// 5627 6.1).
//
// A Contact that leads nowhere is no matter of this: then the ACK is where it was told to go.
#include <fmt/format.h>

#include "userspace/crossing/same.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr int kRepeats = 2;  // one may have been on its way when the ACK left
constexpr double kConfidence = 0.93;

bool same_place_of(const sip::Uri& a, const sip::Uri& b) {
  return same_place(a.host_port, b.host_port, default_port_of(a));
}

// What a strict router leaves: the Contact is the last Route.
bool is_last_route(const sip::Message& ack, const sip::Uri& contact) {
  bool is_last = false;
  for (sip::Values routes(ack, sip::HeaderName::route); const auto value = routes.next();) {
    const auto route = sip::parse_name_addr(*value);
    is_last = route && same_place_of(route->uri, contact);
  }
  return is_last;
}

class CallAckMisrouted final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    if (seen.dialog == nullptr) return;
    if (is_request(seen, Method::ack)) return look_at(seen);
    if (!is_answer_of_dialog(seen) || seen.dialog->repeats_after_ack() < kRepeats) return;
    const Astray* const astray = astray_.peek(seen.dialog->key);
    if (astray == nullptr || astray->cseq != seen.dialog->answer.cseq) return;
    const FindingKind* const kind = find_kind("call-ack-misrouted");
    if (findings.repeats(kind, subject_of_call(seen.call_id), kConfidence)) return;
    const Dialog& dialog = *seen.dialog;
    Finding finding = finding_of(kind, kConfidence, seen.sighting, seen.call_id);
    finding.detail =
        fmt::format("The 200 OK says to send to {}, the ACK is for {}; and the 200 OK goes on being repeated.",
                    dialog.answer.contact, dialog.ack.request_uri);
    finding.evidence.push_back(evidence_of(seen.sighting, "Contact", "", dialog.answer.contact));
    finding.evidence.push_back({seen.sighting.tap->name, "ACK", dialog.answer.cseq, "Request-URI",
                                dialog.answer.contact, dialog.ack.request_uri});
    findings.add(finding);
  }

 private:
  struct Astray {
    std::uint32_t cseq = 0;
  };

  void look_at(const Seen& seen) {
    const Dialog& dialog = *seen.dialog;
    const sip::Message& ack = *seen.sighting.message;
    if (seen.copy != 1 || dialog.answer.cseq != ack.cseq()) return;
    const auto contact = sip::parse_uri(dialog.answer.contact);
    const auto target = sip::parse_uri(ack.request_uri());
    if (!contact || !target || contact->host_port.host.empty() || same_place_of(*contact, *target)) return;
    if (!is_last_route(ack, *contact)) astray_[dialog.key].cseq = ack.cseq();
  }

  Memory<Astray> astray_{4096};  // by dialog
};

}  // namespace

std::unique_ptr<Detector> make_call_ack_misrouted() { return std::make_unique<CallAckMisrouted>(); }

}  // namespace vialens

// The phone itself announces its public address: it has asked a STUN server or the router (UPnP, PCP), has learned it
// from the provider's answers, or was told by whoever set it up. What stands there outside was no router's doing.
//
// It is seen on the phone's side: a message from a private address that names a public one as the sender's own, which
// is not the other end's. With both sides in sight it has to be the box's.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kProof = 0.98;
constexpr double kConfidence = 0.85;

class NoteExternalAddress final : public Detector {
 public:
  explicit NoteExternalAddress(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (sighting.tap->side != Side::lan || !sighting.source.address.is_private() ||
        sighting.destination.address.is_private())
      return;
    if (message.is_request()) {
      if (sip::Values::count(message, sip::HeaderName::via) > 1) return;  // a proxy in the LAN passes on others' words
      if (const auto via = sip::top_via(message)) consider(seen, "Via", via->sent_by.host, findings);
    }
    for (sip::Values values(message, sip::HeaderName::contact); const auto value = values.next();)
      if (const auto contact = sip::parse_name_addr(*value))
        consider(seen, "Contact", contact->uri.host_port.host, findings);
    if (seen.sdp == nullptr) return;
    for (const sip::Media& media : seen.sdp->media())
      if (const auto address = address_of(*seen.sdp, media))
        consider(seen, "SDP c=", to_string(address->address), findings);
  }

 private:
  void consider(const Seen& seen, std::string_view where, std::string_view host, Findings& findings) const {
    const Sighting& sighting = seen.sighting;
    const auto address = Address::parse(host);
    if (!address || (address->is_private() && !scene_.box.owns(*address)) || address->is_unspecified() ||
        *address == sighting.destination.address)
      return;
    const bool of_box = scene_.box.owns(*address);
    if (scene_.two_sides && !of_box && !scene_.box.addresses().empty()) return;
    const double confidence = of_box ? kProof : kConfidence;
    const FindingKind* const kind = find_kind("note-external-address");
    if (findings.repeats(kind, subject_of(*sighting.message, seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, sighting, seen.call_id);
    finding.detail = fmt::format("The phone at {} writes {} into {} of {} itself.", to_string(sighting.source.address),
                                 to_string(*address), where, describe(*sighting.message));
    finding.evidence.push_back(evidence_of(sighting, where, "", host));
    findings.add(finding);
  }

  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_note_external_address(const Scene& scene) {
  return std::make_unique<NoteExternalAddress>(scene);
}

}  // namespace vialens

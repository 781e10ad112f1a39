// One message mixes the NAT's public address and the phone's private one.
//
// An ALG that did half of its work leaves such a message. A phone that has learned its public address from the
// provider's answers may write it into Via and Contact itself, and leave its media where it is: so how sure this is
// depends on which two places contradict each other. ICE shows both on purpose, and a proxy in front of the phone adds
// its own.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

// Two media of one session description; a place that a phone would have written like its Via; the media as a whole; and
// what is an identifier, or has only been learned for one purpose.
constexpr double kWithinMedia = 0.9, kOfRoute = 0.85, kOfMedia = 0.6, kOfNames = 0.45;

struct Place {
  std::string_view where, value;
};

// What the message says of the sender's own address.
class Survey {
 public:
  Survey(const Seen& seen, const Address& own) : own_(own) {
    const sip::Message& message = *seen.sighting.message;
    if (message.is_request())
      if (const auto via = sip::top_via(message)) via_public_ = look("Via", via->sent_by.host, via_);
    for (sip::Values values(message, sip::HeaderName::contact); const auto value = values.next();)
      if (const auto contact = sip::parse_name_addr(*value)) look("Contact", contact->uri.host_port.host, route_);
    look_at_header(message, sip::HeaderName::refer_to, "Refer-To", route_);
    look_at_header(message, sip::HeaderName::p_asserted_identity, "P-Asserted-Identity", route_);
    look_at_header(message, sip::HeaderName::remote_party_id, "Remote-Party-ID", route_);
    if (message.is_request()) look_at_header(message, sip::HeaderName::from, "From", names_);
    look("Call-ID", message.call_id(), names_);
    if (seen.sdp != nullptr) look_at(*seen.sdp);
  }

  // How sure, and which two places; nothing if they agree.
  double confidence() const {
    if (media_.is_private && media_.is_public) return kWithinMedia;
    const bool any_public = via_.is_public || route_.is_public || media_.is_public || names_.is_public;
    if (!any_public) return 0;
    if (via_public_ && route_.is_private) return kOfRoute;
    if (via_public_ && media_.is_private) return kOfMedia;
    return via_.is_private || route_.is_private || media_.is_private || names_.is_private ? kOfNames : 0;
  }
  Place private_place() const {
    for (const Group* group : {&media_, &route_, &names_, &via_})
      if (group->is_private) return group->private_place;
    return {};
  }
  Place public_place() const {
    for (const Group* group : {&via_, &media_, &route_, &names_})
      if (group->is_public) return group->public_place;
    return {};
  }

 private:
  struct Group {
    bool is_public = false, is_private = false;
    Place public_place{}, private_place{};
  };

  bool look(std::string_view where, std::string_view value, Group& group) {
    bool found = false;
    Literals literals(value);
    while (const auto literal = literals.next()) {
      if (literal->address == own_) {
        if (!group.is_public) group.public_place = {where, value};
        group.is_public = found = true;
      } else if (literal->address.is_private() && !literal->address.is_unspecified()) {
        if (!group.is_private) group.private_place = {where, value};
        group.is_private = true;
      }
    }
    return found;
  }

  void look_at_header(const sip::Message& message, sip::HeaderName name, std::string_view where, Group& group) {
    const std::string_view value = message.first(name);
    if (const auto addr = value.empty() ? std::nullopt : sip::parse_name_addr(value))
      look(where, addr->uri.text, group);
  }

  void look_at(const sip::Sdp& sdp) {
    for (const sip::Media& media : sdp.media())
      if (attribute(media.lines, "candidate")) return;
    if (sdp.connection() && (sdp.media().empty() || uses_session(sdp)))
      look("SDP c=", sdp.connection()->address, media_);
    for (const sip::Media& media : sdp.media())
      if (media.connection && media.port != 0) look("SDP c=", media.connection->address, media_);
    if (sdp.origin()) look("SDP o=", sdp.origin()->address, names_);
  }

  static bool uses_session(const sip::Sdp& sdp) {
    for (const sip::Media& media : sdp.media())
      if (!media.connection && media.port != 0) return true;
    return false;
  }

  const Address& own_;
  Group via_, route_, media_, names_;
  bool via_public_ = false;
};

class HintMixedAddresses final : public Detector {
 public:
  explicit HintMixedAddresses(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (scene_.two_sides || sighting.tap->side == Side::lan || sighting.source.address.is_private() ||
        (message.is_request() && sip::Values::count(message, sip::HeaderName::via) > 1))
      return;
    if (!scene_.clients.sent_by_client(sighting)) return;
    const Survey survey(seen, sighting.source.address);
    const double confidence = survey.confidence();
    if (confidence == 0) return;
    const FindingKind* const kind = find_kind("hint-mixed-addresses");
    if (findings.repeats(kind, subject_of(message, seen.call_id), confidence)) return;
    const Place open = survey.public_place();
    const Place hidden = survey.private_place();
    Finding finding = finding_of(kind, confidence, sighting, seen.call_id);
    finding.detail = fmt::format("{} comes from {} and names it in {}, but names a private address in {}.",
                                 describe(message), to_string(sighting.source.address), open.where, hidden.where);
    finding.evidence.push_back(evidence_of(sighting, open.where, "", open.value));
    finding.evidence.push_back(evidence_of(sighting, hidden.where, "", hidden.value));
    findings.add(finding);
  }

 private:
  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_hint_mixed_addresses(const Scene& scene) {
  return std::make_unique<HintMixedAddresses>(scene);
}

}  // namespace vialens

// The same o= session id and version, and another c= or m= (RFC 3264 8: what changes must raise the version).
//
// Within one dialog and from one sender only: many a device writes the same numbers into each of its calls. Provisional
// answers are left out, which gateways take lightly.
#include <fmt/format.h>

#include <optional>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.9;

class HintSdpVersion final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (seen.sdp == nullptr || !seen.sdp->origin() || seen.sdp->media().empty()) return;
    if (message.status() > 0 && message.status() < 200) return;
    const sip::Media& media = seen.sdp->media().front();
    const auto address = address_of(*seen.sdp, media);
    if (!address) return;
    const sip::Origin& origin = *seen.sdp->origin();
    std::size_t key = mix(hash(seen.call_id), std::hash<Endpoint>{}(sighting.source));
    key = mix(mix(key, hash(origin.session_id)), hash(origin.version));
    key = mix(mix(key, hash(origin.username)), sighting.tap->id);
    const auto own_tag = message.is_request() ? sip::from(message) : sip::to(message);
    key = mix(key, own_tag ? hash(own_tag->params.find("tag").value_or("")) : 0);
    std::optional<Endpoint>& known = known_[key];
    if (!known) known = address;
    if (known == address) return;
    const FindingKind* const kind = find_kind("hint-sdp-version");
    if (findings.repeats(kind, subject_of(message, seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, sighting, seen.call_id);
    finding.detail = fmt::format(
        "Media was to go to {}, and now to {}, but the session description still has version {}: whoever reads it may "
        "take it for the old one.",
        to_string(*known), to_string(*address), origin.version);
    finding.evidence.push_back(evidence_of(sighting, "SDP c= m=", to_string(*known), to_string(*address)));
    findings.add(finding);
  }

 private:
  Memory<std::optional<Endpoint>> known_{65536};
};

}  // namespace

std::unique_ptr<Detector> make_hint_sdp_version() { return std::make_unique<HintSdpVersion>(); }

}  // namespace vialens

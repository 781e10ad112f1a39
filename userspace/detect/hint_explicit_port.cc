// From carries the NAT's own address with the port of its mapping written behind it.
//
// A phone writes its account there, and nobody else has reason to know the port: an ALG that rewrites literal addresses
// appends it (Linux does). A phone without an account that has learned its public address may do the same, and so do
// servers and trunks that know each other by their addresses: of whoever has not registered it is just likely.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.75, kConfidenceOfStranger = 0.5;

class HintExplicitPort final : public Detector {
 public:
  explicit HintExplicitPort(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (!message.is_request() || scene_.two_sides || sighting.tap->side == Side::lan ||
        sighting.source.address.is_private() || sip::Values::count(message, sip::HeaderName::via) > 1 ||
        !from_client(sighting))
      return;
    const auto from = sip::from(message);
    if (!from || !from->uri.host_port.port || Address::parse(from->uri.host_port.host) != sighting.source.address ||
        *from->uri.host_port.port != sighting.source.port)
      return;
    const FindingKind* const kind = find_kind("hint-explicit-port");
    const double confidence = scene_.clients.sent_by_client(sighting) ? kConfidence : kConfidenceOfStranger;
    if (findings.repeats(kind, subject_of(message, seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, sighting, seen.call_id);
    finding.detail = fmt::format("From of {} names {}, the address and port that the NAT sends from.",
                                 describe(message), from->uri.host_port.text);
    finding.evidence.push_back(evidence_of(sighting, "From", "", from->text));
    findings.add(finding);
  }

 private:
  // A server that calls by its own address is none of ours.
  bool from_client(const Sighting& sighting) const {
    return !scene_.clients.is_provider(sighting.tap->side, sighting.source.address) &&
           !scene_.clients.is_client(sighting.tap->side, sighting.destination.address);
  }

  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_hint_explicit_port(const Scene& scene) {
  return std::make_unique<HintExplicitPort>(scene);
}

}  // namespace vialens

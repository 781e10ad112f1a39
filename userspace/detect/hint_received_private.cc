// A public server appears to have written received=<private address> into the phone's Via (RFC 3581 4).
//
// It cannot have received anything from there: a router put the phone's own address where its public one stood. A
// server that is reached through a tunnel can; a capture does not show that, so it is strong and no more. With both
// sides in sight the difference itself is told (alg-via-params) and this is not needed.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.9;

class HintReceivedPrivate final : public Detector {
 public:
  explicit HintReceivedPrivate(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (message.is_request() || sighting.tap->side != Side::lan || scene_.two_sides ||
        sighting.source.address.is_private() || !sighting.destination.address.is_private())
      return;
    const auto via = sip::top_via(message);
    const auto received = via ? via->params.find("received") : std::nullopt;
    const auto address = received ? Address::parse(*received) : std::nullopt;
    if (!address || !address->is_private()) return;
    const FindingKind* const kind = find_kind("hint-received-private");
    if (findings.repeats(kind, subject_of(message, seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, sighting, seen.call_id);
    finding.detail = fmt::format("{} from {} says that the request was received from {}, which no public server can.",
                                 describe(message), to_string(sighting.source.address), *received);
    finding.evidence.push_back(evidence_of(sighting, "Via received", "", via->text));
    findings.add(finding);
  }

 private:
  const Scene& scene_;
};

}  // namespace

std::unique_ptr<Detector> make_hint_received_private(const Scene& scene) {
  return std::make_unique<HintReceivedPrivate>(scene);
}

}  // namespace vialens

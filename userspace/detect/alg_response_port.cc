// The answer was delivered to another port than the request came from.
//
// With both sides in sight: it came in at the port that the box had given the request, and left for another port of the
// phone. With the phone's side only: the phone asked for its own port back (rport, RFC 3581 4), and the provider says
// which port it saw, so it did answer there, and somebody on the way redirected it.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kProof = 0.99;
constexpr double kConfidence = 0.85;

class AlgResponsePort final : public Detector {
 public:
  explicit AlgResponsePort(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (sighting.transport != Transport::udp || sighting.tap->side != Side::lan || scene_.two_sides) return;
    const auto via = sip::top_via(message);
    const auto branch = via ? via->params.find("branch") : std::nullopt;
    if (!branch || branch->empty()) return;
    const std::size_t key = mix(mix(hash(*branch), hash(message.method())), message.cseq());
    if (message.is_request()) {
      sent_[key] = sighting.source;
      return;
    }
    const Endpoint* const from = sent_.peek(key);
    if (from == nullptr || from->address != sighting.destination.address || from->port == sighting.destination.port)
      return;
    const auto rport = via->params.find("rport");
    if (!rport || rport->empty()) return;  // without it the answer goes to the port in Via (RFC 3261 18.2.2)
    const FindingKind* const kind = find_kind("alg-response-port");
    if (findings.repeats(kind, subject_of(message, seen.call_id), kConfidence)) return;
    findings.add(describe_it(finding_of(kind, kConfidence, sighting, seen.call_id), sighting, *from));
  }

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    const sip::Message& message = *crossing.exit.message;
    if (crossing.exit.transport != Transport::udp || crossing.proxied) return;
    const auto via = sip::top_via(*crossing.entry.message);
    const auto branch = via ? via->params.find("branch") : std::nullopt;
    if (!branch || branch->empty()) return;
    const std::size_t key = mix(mix(hash(*branch), hash(message.method())), message.cseq());
    if (crossing.out()) {
      if (message.is_request()) translated_[key] = {crossing.inside(), crossing.outside()};
      return;
    }
    const auto* const sent = translated_.peek(key);
    if (message.is_request() || sent == nullptr || sent->outside != crossing.outside() ||
        sent->inside == crossing.inside() || sent->inside.address != crossing.inside().address)
      return;
    const FindingKind* const kind = find_kind("alg-response-port");
    if (findings.repeats(kind, subject_of(crossing), kProof)) return;
    findings.add(describe_it(finding_of(kind, kProof, crossing), crossing.exit, sent->inside));
  }

 private:
  struct Translation {
    Endpoint inside, outside;
  };

  static Finding describe_it(Finding finding, const Sighting& response, const Endpoint& from) {
    finding.detail =
        fmt::format("{} was sent from {}, and its answer {} was delivered to {}.", response.message->method(),
                    to_string(from), response.message->status(), to_string(response.destination));
    finding.evidence.push_back(evidence_of(response, "destination", to_string(from), to_string(response.destination)));
    return finding;
  }

  const Scene& scene_;
  Memory<Endpoint> sent_{8192};
  Memory<Translation> translated_{8192};
};

}  // namespace

std::unique_ptr<Detector> make_alg_response_port(const Scene& scene) {
  return std::make_unique<AlgResponsePort>(scene);
}

}  // namespace vialens

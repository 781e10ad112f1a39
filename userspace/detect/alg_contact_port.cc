// The Contact was rewritten to a port that the box does not map back to the phone.
//
// The phone wrote the port that it sends from; the router wrote its own address, and another port than the one it
// sends the phone's packets from. Requests to that Contact (the ACK of an incoming call's 200 OK, a BYE, an INVITE)
// arrive at a port that nobody opened. Some routers keep a mapping of their own for it, so it is strong only; it is
// proven when a message to that port comes in and does not go on, and withdrawn, as far as it has not been told, when
// one does.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.85, kHint = 0.45;
constexpr double kConfidenceOfDeadPort = 0.97;

std::optional<Endpoint> endpoint_in(std::string_view contact) {
  const auto addr = sip::parse_name_addr(contact);
  const auto address = addr ? Address::parse(addr->uri.host_port.host) : std::nullopt;
  if (!address) return std::nullopt;
  return Endpoint{*address, addr->uri.host_port.port.value_or(5060)};
}

class AlgContactPort final : public Detector {
 public:
  explicit AlgContactPort(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.out() || !crossing.translated() || crossing.proxied) return;
    for (const Change& change : crossing.changes) {
      if (change.field != Field::contact) continue;
      const auto was = endpoint_in(change.before);
      const auto is = endpoint_in(change.after);
      if (!was || !is || !was->address.is_private() || is->address != crossing.outside().address ||
          is->port == crossing.outside().port)
        continue;
      // A phone that listens on another port than it sends from may have been given a mapping of its own for that.
      const double confidence = *was == crossing.inside() ? kConfidence : kHint;
      if (const Binding* const binding = scene_.box.binding(*is);
          binding != nullptr && binding->inside == crossing.inside())
        continue;  // it does lead back
      Finding finding = finding_of(find_kind("alg-contact-port"), confidence, crossing);
      finding.detail = fmt::format("The router announces {} for the phone, but the phone's packets leave from port {}.",
                                   to_string(*is), crossing.outside().port);
      finding.evidence.push_back(evidence_of(crossing.exit, "Contact", change.before, change.after));
      announced_[std::hash<Endpoint>{}(*is)] = finding;
      if (!findings.repeats(finding.kind, finding.subject, finding.confidence)) findings.add(finding);
    }
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    if (sighting.tap->side != Side::wan || sighting.tap->direction == Direction::out) return;
    const std::size_t key = std::hash<Endpoint>{}(sighting.destination);
    const Finding* const announced = announced_.peek(key);
    if (announced == nullptr) return;
    Finding finding = *announced;
    finding.confidence = kConfidenceOfDeadPort;
    finding.time = stray.now;
    finding.evidence.push_back(evidence_of(sighting, "destination", to_string(sighting.destination), ""));
    finding.detail += fmt::format(" {} to that port came in and went nowhere.", describe(*sighting.message));
    announced_.erase(key);
    findings.add(finding);
  }

 private:
  const Scene& scene_;
  Memory<Finding> announced_{4096};
};

}  // namespace

std::unique_ptr<Detector> make_alg_contact_port(const Scene& scene) { return std::make_unique<AlgContactPort>(scene); }

}  // namespace vialens

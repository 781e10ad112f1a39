// A field that differs between the two sides of a box.
//
// A NAT changes addresses in packet headers and leaves the payload alone, so every difference of meaning inside a
// message was made by something that reads SIP (catalogue 2.7). A proxy does more than edit (it pushes a Via, counts
// Max-Forwards down), and what it changes is its right: those crossings are left out.
#include <fmt/format.h>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.99;

std::string_view finding_for(Field field) noexcept {
  switch (field) {
    case Field::via:
      return "alg-via";
    case Field::contact:
      return "alg-contact";
    case Field::request_uri:
      return "alg-request-uri";
    case Field::from:
    case Field::to:
      return "alg-from-to";
    case Field::call_id:
      return "alg-call-id";
    case Field::sdp_origin:
      return "alg-sdp-origin";
    case Field::sdp_connection:
      return "alg-sdp-address";
    case Field::sdp_media_port:
      return "alg-sdp-port";
    case Field::content_length:
      return "alg-content-length";
  }
  return "";
}

class AlgRewrite final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (crossing.changes.empty()) return;
    const sip::Message& message = *crossing.entry.message;
    // Names are those that the phone uses: a router that rewrites them rewrites both ways.
    const sip::Message& inner = crossing.direction == Direction::out ? message : *crossing.exit.message;
    if (looks_proxied({message, *crossing.exit.message})) return;
    const Subject subject = subject_of(inner, crossing.call_id);
    const std::string name = describe(message);
    for (const Change& change : crossing.changes) {
      const FindingKind* kind = find_kind(finding_for(change.field));
      if (findings.repeats(kind, subject, kConfidence)) continue;
      Finding finding;
      finding.kind = kind;
      finding.confidence = kConfidence;
      finding.time = crossing.exit.time;
      finding.subject = subject;
      finding.segment = "lan-wan";
      finding.direction = to_string(crossing.direction);
      finding.detail = fmt::format("Between {} and {} the router changed {} of {} (CSeq {}).", crossing.entry.tap->name,
                                   crossing.exit.tap->name, to_string(change.field), name, message.cseq());
      finding.evidence.push_back({crossing.exit.tap->name, name, message.cseq(), std::string(to_string(change.field)),
                                  std::string(change.before), std::string(change.after)});
      findings.add(finding);
    }
  }
};

}  // namespace

std::unique_ptr<Detector> make_alg_rewrite() { return std::make_unique<AlgRewrite>(); }

}  // namespace vialens

// The box's outside address is itself private: there is another NAT behind it, which cannot be seen from here.
#include <fmt/format.h>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;

class NatDouble final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    const Address& outside = crossing.outside().address;
    if (!crossing.translated() || !outside.is_private() || crossing.remote().address.is_private()) return;
    const FindingKind* const kind = find_kind("nat-double");
    if (findings.repeats(kind, Subject{}, kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.subject = {};
    finding.detail = fmt::format(
        "The router's outside address is {}, from which nobody on the Internet is reached: {} "
        "is spoken to through another NAT.",
        to_string(outside), to_string(crossing.remote().address));
    finding.evidence.push_back(
        evidence_of(crossing.wan(), "address", to_string(crossing.inside()), to_string(crossing.outside())));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_nat_double() { return std::make_unique<NatDouble>(); }

}  // namespace vialens

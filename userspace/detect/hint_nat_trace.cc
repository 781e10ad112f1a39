// SDP has i=(o=IN IP4 <private address>): the trace that a FortiGate's SIP ALG leaves when it rewrites o=.
//
// On the phone's side of the router the phone may have written it itself.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;
constexpr std::string_view kTrace = "\ni=(o=IN IP";

class HintNatTrace final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (seen.sdp == nullptr || sighting.tap->side == Side::lan) return;
    const std::string_view text = seen.sdp->text();
    const std::size_t at = text.find(kTrace);
    if (at == text.npos) return;
    const std::string_view line = text.substr(at + 1, text.find_first_of("\r\n", at + 1) - at - 1);
    const auto address = Literals(line).next();
    if (!address || !address->address.is_private()) return;
    const FindingKind* const kind = find_kind("hint-nat-trace");
    if (findings.repeats(kind, subject_of(*sighting.message, seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, sighting, seen.call_id);
    finding.detail = fmt::format("The session description of {} has the line \"{}\", which a firewall leaves.",
                                 describe(*sighting.message), line);
    finding.evidence.push_back(evidence_of(sighting, "SDP i=", "", line));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_hint_nat_trace() { return std::make_unique<HintNatTrace>(); }

}  // namespace vialens

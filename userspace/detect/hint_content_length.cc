// Content-Length does not fit the datagram (RFC 3261 18.3).
//
// White space and zero bytes behind a body that is over are what some phones append, and harm nobody.
#include <fmt/format.h>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;
constexpr std::string_view kPadding{"\r\n \t\0", 5};

class HintContentLength final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    const sip::Message& message = *sighting.message;
    if (sighting.transport != Transport::udp || sighting.cut || !message.content_length()) return;
    const bool shorter = message.flaws().has(sip::Flaw::short_body);
    const std::string_view behind =
        message.whole_body().substr(std::min(message.body().size(), message.whole_body().size()));
    const bool is_over = message.body().empty() || message.body().ends_with('\n');
    const bool longer =
        message.flaws().has(sip::Flaw::extra_body) && (!is_over || behind.find_first_not_of(kPadding) != behind.npos);
    if (!shorter && !longer) return;
    const FindingKind* const kind = find_kind("hint-content-length");
    if (findings.repeats(kind, subject_of(message, seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, sighting, seen.call_id);
    const std::string actual = std::to_string(message.whole_body().size());
    finding.detail = fmt::format("{} says that its body has {} bytes, and it has {}.", describe(message),
                                 *message.content_length(), actual);
    finding.evidence.push_back(
        evidence_of(sighting, "Content-Length", std::to_string(*message.content_length()), actual));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_hint_content_length() { return std::make_unique<HintContentLength>(); }

}  // namespace vialens

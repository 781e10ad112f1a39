// The default media address is none of the ICE candidates, or the answer says a=ice-mismatch (RFC 8839 4.2.5, 5.3).
//
// Somebody changed c= or m= and not the candidates. A description that waits for its candidates (port 9 or address
// 0.0.0.0, RFC 8840), or hides them behind names (.local), is no mismatch.
#include <fmt/format.h>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kConfidenceInside = 0.9;

// a=candidate:<foundation> <component> <transport> <priority> <address> <port> ...
struct Candidates {
  bool any = false, has_default = false, has_names = false;
  std::string_view first;
};

Candidates look_through(std::string_view lines, const Endpoint& wanted) {
  Candidates result;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find_first_of("\r\n"), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end);
    lines.remove_prefix(std::min(lines.find_first_not_of("\r\n"), lines.size()));
    if (!line.starts_with("a=candidate:")) continue;
    if (!result.any) result.first = line;
    result.any = true;
    std::string_view words[6];
    std::size_t count = 0;
    while (count < 6 && !line.empty()) {
      const std::size_t space = std::min(line.find(' '), line.size());
      words[count++] = line.substr(0, space);
      line.remove_prefix(std::min(space + 1, line.size()));
    }
    const auto address = count == 6 ? Address::parse(words[4]) : std::nullopt;
    if (!address) result.has_names = true;
    if (address == wanted.address && words[5] == std::to_string(wanted.port)) result.has_default = true;
  }
  return result;
}

class HintIceMismatch final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    if (seen.sdp == nullptr) return;
    for (const sip::Media& media : seen.sdp->media()) {
      if (has_attribute(*seen.sdp, media, "ice-mismatch"))
        return tell(seen, findings, "a=ice-mismatch", "",
                    "the other side found that the default address of its "
                    "offer is none of its candidates");
      const auto address = address_of(*seen.sdp, media);
      if (!address || media.port == 0 || media.port == 9 || address->address.is_unspecified()) continue;
      const Candidates candidates = look_through(media.lines, *address);
      if (candidates.any && !candidates.has_default && !candidates.has_names)
        return tell(seen, findings, candidates.first, to_string(*address),
                    fmt::format("media is to go to {}, which is none of the candidates", to_string(*address)));
    }
  }

 private:
  static void tell(const Seen& seen, Findings& findings, std::string_view before, std::string_view after,
                   std::string_view what) {
    const Sighting& sighting = seen.sighting;
    const double confidence = sighting.tap->side == Side::lan ? kConfidenceInside : kConfidence;
    const FindingKind* const kind = find_kind("hint-ice-mismatch");
    if (findings.repeats(kind, subject_of(*sighting.message, seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, sighting, seen.call_id);
    finding.detail = fmt::format("In the session description of {} {}.", describe(*sighting.message), what);
    finding.evidence.push_back(evidence_of(sighting, "SDP a=candidate", before, after));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_hint_ice_mismatch() { return std::make_unique<HintIceMismatch>(); }

}  // namespace vialens

// The bytes of a message differ between the two sides, and what they mean does not: something in between reads SIP and
// writes it in its own way (RFC 3261 7.3.1, 7.3.3). It is no rewrite, and an explanation of differences that others
// see.
#include <fmt/format.h>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.95;

// The first line that differs.
std::pair<std::string_view, std::string_view> first_difference(std::string_view a, std::string_view b) {
  const auto take = [](std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  while (!a.empty() || !b.empty()) {
    const std::string_view x = take(a);
    const std::string_view y = take(b);
    if (x != y) return {x, y};
  }
  return {};
}

class NoteNormalised final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.changes.empty() || crossing.proxied || crossing.entry.cut || crossing.exit.cut) return;
    const std::string_view before = crossing.entry.message->bytes();
    const std::string_view after = crossing.exit.message->bytes();
    if (before == after) return;
    const FindingKind* const kind = find_kind("note-normalised");
    if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;
    const auto [was, is] = first_difference(before, after);
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.detail =
        fmt::format("{} left the router in other letters, with the same meaning.", describe(*crossing.entry.message));
    finding.evidence.push_back(evidence_of(crossing.exit, "spelling", was, is));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_note_normalised() { return std::make_unique<NoteNormalised>(); }

}  // namespace vialens

// An address was replaced where it is no address: in a name, a User-Agent, a Subject, somebody's own header.
//
// It shows a router that replaces text without reading it. Text that was changed in another way is told too, and as
// likely only: it may have been masked, shortened, or made up.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.98;
constexpr double kConfidenceOfOtherText = 0.6;

class AlgReplaceAll final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    for (const Change& change : crossing.changes) {
      if (change.field != Field::text && change.field != Field::user_agent) continue;
      const bool out = crossing.out();
      const Address& old = (out ? crossing.inside() : crossing.outside()).address;
      const bool replaced = crossing.translated() && mentions(change.before, old) && !mentions(change.after, old);
      if (!replaced && (change.field == Field::user_agent || crossing.proxied)) continue;
      const double confidence = replaced ? kConfidence : kConfidenceOfOtherText;
      const FindingKind* const kind = find_kind("alg-replace-all");
      if (findings.repeats(kind, subject_of(crossing), confidence)) continue;
      Finding finding = finding_of(kind, confidence, crossing);
      finding.detail = replaced ? fmt::format("The router replaced {} in {} of {}, where it is no address but text.",
                                              to_string(old), change.where, describe(*crossing.entry.message))
                                : fmt::format("The router changed {} of {}, which is text and no address.",
                                              change.where, describe(*crossing.entry.message));
      finding.evidence.push_back(evidence_of(crossing.exit, change.where, change.before, change.after));
      findings.add(finding);
    }
  }
};

}  // namespace

std::unique_ptr<Detector> make_alg_replace_all() { return std::make_unique<AlgReplaceAll>(); }

}  // namespace vialens

// The phone's address was rewritten in one place of a message and left in another where somebody will send to it.
//
// Names and identifiers are no such place: a Call-ID, a User-Agent or an o= line may name any address.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.98;

class AlgPartial final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.out() || !crossing.translated() || crossing.changes.empty() || crossing.proxied) return;
    const Address& own = crossing.inside().address;
    const auto is_rewrite = [&](const Change& change) {
      return change.field != Field::truncated && mentions(change.before, own) && !change.after.empty() &&
             !mentions(change.after, own);
    };
    const Change* rewritten = nullptr;
    for (const Change& change : crossing.changes)
      if (rewritten == nullptr && is_rewrite(change)) rewritten = &change;
    if (rewritten == nullptr) return;
    const FindingKind* const kind = find_kind("alg-partial");
    if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;

    std::string_view place;
    std::string_view left;
    Places::each(*crossing.exit.message, [&](std::string_view where, std::string_view value) {
      if (!left.empty() || !mentions(value, own)) return;
      place = where;
      left = value;
    });
    if (left.empty()) return;
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.detail = fmt::format("The router rewrote {} in {} of {} and left it in {}.", to_string(own),
                                 rewritten->where, describe(*crossing.entry.message), place);
    finding.evidence.push_back(evidence_of(crossing.exit, rewritten->where, rewritten->before, rewritten->after));
    finding.evidence.push_back(evidence_of(crossing.exit, place, left, left));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_alg_partial() { return std::make_unique<AlgPartial>(); }

}  // namespace vialens

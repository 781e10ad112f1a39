// The rewrite left an address that belongs to nobody here.
//
// A router that replaces text by text finds 192.168.1.3 in 192.168.1.33, and leaves 203.0.113.53. The new address is
// told apart from one that the router may know better than we do (its own outer address, a media relay) by what it is
// made of: it has the router's address in it, with digits at either end that were not there before. What cannot be read
// at all any more is told by alg_rewrite.cc.
#include <fmt/format.h>

#include "userspace/core/literals.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// `text` contains `address` with digits grown onto it.
bool has_grown_from(std::string_view text, std::string_view address) noexcept {
  for (std::size_t at = text.find(address); at != text.npos; at = text.find(address, at + 1)) {
    const std::size_t end = at + address.size();
    if ((at > 0 && is_digit(text[at - 1])) || (end < text.size() && is_digit(text[end]))) return true;
  }
  return false;
}

class AlgCorrupted final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.translated()) return;
    const std::string outside = to_string(crossing.outside().address);
    const std::string inside = to_string(crossing.inside().address);
    for (const Change& change : crossing.changes) {
      if (change.field == Field::corrupted || change.field == Field::truncated) continue;
      const std::string& put_in = crossing.out() ? outside : inside;
      if (!has_grown_from(change.after, put_in) || has_grown_from(change.before, put_in)) continue;
      const FindingKind* const kind = find_kind("alg-corrupted");
      if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;
      Finding finding = finding_of(kind, kConfidence, crossing);
      finding.detail = fmt::format(
          "The router replaced a part of an address in {} of {}: what is left is neither the phone's nor its own.",
          change.where, describe(*crossing.entry.message));
      finding.evidence.push_back(evidence_of(crossing.exit, change.where, change.before, change.after));
      findings.add(finding);
    }
  }
};

}  // namespace

std::unique_ptr<Detector> make_alg_corrupted() { return std::make_unique<AlgCorrupted>(); }

}  // namespace vialens

#include "userspace/finding/findings.h"

namespace vialens {

void Findings::add(const Finding& finding) {
  if (known_.size() >= kMost) known_.clear();
  const auto [entry, is_new] = known_.try_emplace({finding.kind, finding.subject}, Known{finding.confidence, 0});
  Known& known = entry->second;
  ++known.count;
  if (is_new) {
    ++by_kind_[finding.kind->id];
  } else {
    ++repeats_;
    if (finding.confidence <= known.confidence) return;
    known.confidence = finding.confidence;
  }
  sink_(finding);
}

}  // namespace vialens

#include "userspace/finding/findings.h"

#include <algorithm>

namespace vialens {

bool Findings::repeats(const FindingKind* kind, const Subject& subject, double confidence) {
  const auto known = known_.find({kind, subject});
  if (known == known_.end() || confidence > known->second) return false;
  ++repeats_;
  return true;
}

void Findings::add(const Finding& finding) {
  if (repeats(finding.kind, finding.subject, finding.confidence)) return;
  if (known_.size() >= most_) {
    evicted_ += known_.size();
    known_.clear();
  }
  if (known_.insert_or_assign({finding.kind, finding.subject}, finding.confidence).second)
    ++by_kind_[finding.kind->id].subjects;
  else
    ++repeats_;
  double& surest = by_kind_[finding.kind->id].confidence;
  surest = std::max(surest, finding.confidence);
  sink_(finding);
}

}  // namespace vialens

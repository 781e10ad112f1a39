#include "userspace/finding/findings.h"

#include <algorithm>

#include "userspace/core/memory.h"

namespace vialens {
namespace {

std::size_t word_of(double confidence) noexcept {
  const auto* const word = std::find(kConfidenceWords.begin(), kConfidenceWords.end(), confidence_word(confidence));
  return static_cast<std::size_t>(word - kConfidenceWords.begin());
}

}  // namespace

Findings::Findings(Sink sink, std::size_t most)
    : sink_(std::move(sink)),
      most_(most),
      active_(kMostActive, [this](std::size_t, const Active& active) { deactivate(active.kind->id); }) {}

bool Findings::repeats(const FindingKind* kind, const Subject& subject, double confidence) {
  const auto known = known_.find({kind, subject});
  if (known == known_.end() || confidence > known->second) return false;
  ++repeats_;
  seen(kind, subject, known->second);
  return true;
}

void Findings::add(const Finding& finding) {
  if (repeats(finding.kind, finding.subject, finding.confidence)) return;
  if (known_.size() >= most_) {
    evicted_ += known_.size();
    known_.clear();
  }
  const auto [known, is_new] = known_.try_emplace({finding.kind, finding.subject}, finding.confidence);
  FindingCount& count = by_kind_[finding.kind->id];
  if (is_new)
    ++count.subjects;
  else
    ++repeats_;
  if (is_new || word_of(known->second) != word_of(finding.confidence)) ++count.told[word_of(finding.confidence)];
  known->second = finding.confidence;
  count.confidence = std::max(count.confidence, finding.confidence);
  seen(finding.kind, finding.subject, finding.confidence);
  sink_(finding);
}

void Findings::deactivate(std::string_view id) {
  if (const auto count = by_kind_.find(id); count != by_kind_.end()) --count->second.active;
}

void Findings::seen(const FindingKind* kind, const Subject& subject, double confidence) {
  if (subject.kind == Subject::Kind::call || confidence < kLikely) return;
  const bool is_rewrite = subject.kind == Subject::Kind::registration && !kind->id.starts_with("reg-");
  const Lane lane = is_rewrite ? long_ : short_;
  const std::size_t key = mix(mix(hash(kind->id), hash(subject.aor)), static_cast<std::size_t>(subject.kind));
  if (active_.find(key) != nullptr) return active_.touch(key, lane, now_);
  active_.open(key, lane, now_).kind = kind;
  ++by_kind_[kind->id].active;
}

void Findings::advance(Time now) {
  now_ = std::max(now_, now);
  active_.expire(short_, now_ - kShort);
  active_.expire(long_, now_ - kLong);
}

}  // namespace vialens

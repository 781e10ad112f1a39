#include "userspace/finding/gravity.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vialens {
namespace {

// By how an id begins; the first that fits counts, and what is not here does least.
constexpr std::pair<std::string_view, int> kHarm[] = {
    {"call-", 4},           {"media-", 4},       {"reg-", 4},
    {"alg-dropped", 3},     {"alg-contact", 3},  {"alg-request-uri", 3},
    {"alg-sdp-address", 3}, {"alg-sdp-port", 3}, {"alg-via-params", 1},
    {"alg-via", 2},         {"alg-", 1},         {"nat-", 1},
};

int harm_of(std::string_view id) noexcept {
  const auto* const known =
      std::find_if(std::begin(kHarm), std::end(kHarm), [&](const auto& one) { return id.starts_with(one.first); });
  return known == std::end(kHarm) ? 0 : known->second;
}

// In the steps that have words: 0.97 and 0.99 are both proven.
int sureness_of(double confidence) noexcept {
  return (confidence >= kLikely ? 1 : 0) + (confidence >= kStrong ? 1 : 0) + (confidence >= kProven ? 1 : 0);
}

}  // namespace

bool is_trouble(const Finding& finding) noexcept {
  return (finding.kind->severity == Severity::critical && finding.confidence >= kStrong) || !finding.verdict.empty();
}

bool graver(const Finding& a, const Finding& b) noexcept {
  const auto rank = [](const Finding& finding) {
    const FindingKind& kind = *finding.kind;
    return std::tuple(is_alarm(kind.id, finding.confidence), !is_note(kind.id), is_trouble(finding),
                      !finding.verdict.empty(), kind.severity != Severity::info, sureness_of(finding.confidence),
                      kind.severity, harm_of(kind.id), finding.time);
  };
  return rank(a) > rank(b);
}

bool graver(const FindingKind& a, const FindingKind& b) noexcept {
  const auto rank = [](const FindingKind& kind) {
    return std::tuple(!is_note(kind.id), kind.severity, harm_of(kind.id));
  };
  return rank(a) > rank(b);
}

}  // namespace vialens

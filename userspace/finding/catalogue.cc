// Every kind of finding, once. An id that is not in one of the tables cannot be reported.
#include "userspace/finding/catalogue.h"

#include <algorithm>
#include <array>

namespace vialens {

const std::vector<FindingKind>& all_kinds() {
  static const std::vector<FindingKind> kinds = [] {
    std::vector<FindingKind> all;
    for (const auto table : {kinds_of_rewrites(), kinds_of_symptoms(), kinds_of_media(), kinds_of_explanations()})
      all.insert(all.end(), table.begin(), table.end());
    return all;
  }();
  return kinds;
}

const FindingKind* find_kind(std::string_view id) noexcept {
  const auto& kinds = all_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FindingKind& kind) { return kind.id == id; });
  return found == kinds.end() ? nullptr : &*found;
}

std::string_view to_string(Severity severity) noexcept {
  static constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string_view to_string(Subject::Kind kind) noexcept {
  static constexpr std::array<std::string_view, 3> kNames{"call", "registration", "box"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view confidence_word(double confidence) noexcept {
  return confidence >= kProven   ? "proven"
         : confidence >= kStrong ? "strong"
         : confidence >= kLikely ? "likely"
                                 : "hint";
}

}  // namespace vialens

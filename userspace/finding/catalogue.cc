// Every kind of finding, once. An id that is not in this table cannot be reported.
#include <algorithm>
#include <array>

#include "userspace/finding/finding.h"

namespace vialens {
namespace {

constexpr std::string_view kSwitchOff =
    "Switch off the SIP ALG of this router (also called SIP helper, SIP passthrough, SIP inspection, SIP "
    "transformations or SIP fixup), restart the router, and let the phones register again.";

}  // namespace

const std::vector<FindingKind>& all_kinds() {
  static const std::vector<FindingKind> kinds{
      {"alg-via", Severity::warning, "top Via address rewritten", kSwitchOff, "3261 18.2.1, 3581 4"},
      {"alg-contact", Severity::warning, "Contact address rewritten", kSwitchOff, "3261 8.1.1.8"},
      {"alg-request-uri", Severity::warning, "Request-URI rewritten", kSwitchOff, "3261 8.1.1.1, 16.5"},
      {"alg-from-to", Severity::warning, "From or To address rewritten", kSwitchOff, "3261 8.1.1.2, 8.1.1.3, 8.2.6.2"},
      {"alg-call-id", Severity::warning, "Call-ID rewritten", kSwitchOff, "3261 8.1.1.4, 12"},
      {"alg-sdp-origin", Severity::warning, "SDP origin address (o=) rewritten", kSwitchOff, "8866 5.2, 3264 8"},
      {"alg-sdp-address", Severity::warning, "SDP media address (c=) rewritten", kSwitchOff, "8866 5.7, 3264 5.1"},
      {"alg-sdp-port", Severity::warning, "SDP media port (m=) rewritten", kSwitchOff, "8866 5.14, 3264 5.1"},
      {"alg-content-length", Severity::critical, "Content-Length no longer fits the body", kSwitchOff,
       "3261 18.3, 20.14"},
      {"alg-dropped", Severity::critical, "message swallowed by the router", kSwitchOff, "3261 17.1.1.2, 17.1.2.2"},
  };
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

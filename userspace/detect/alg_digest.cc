// The Request-URI was rewritten, and the credentials still prove the old one.
//
// They were made for it (RFC 7616 3.4.3), and a server that compares the two refuses them (3.4.6). Many do not compare,
// so this is a hint; credentials that were changed themselves are told by alg_rewrite.cc.
#include <fmt/format.h>

#include "userspace/crossing/same.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.45;

// The uri of the first credentials, without quotes; empty if there are none.
std::string_view digest_uri(const sip::Message& message) {
  for (const auto name : {sip::HeaderName::authorization, sip::HeaderName::proxy_authorization}) {
    const std::string_view value = message.first(name);
    const std::size_t at = value.find("uri=\"");
    if (at == value.npos || (at > 0 && value[at - 1] != ' ' && value[at - 1] != ',')) continue;
    const std::size_t begin = at + 5;
    const std::size_t end = value.find('"', begin);
    if (end != value.npos) return value.substr(begin, end - begin);
  }
  return {};
}

bool same_uri(std::string_view a, std::string_view b) {
  const auto x = sip::parse_uri(a);
  const auto y = sip::parse_uri(b);
  return x && y && same_target(*x, *y);
}

class AlgDigest final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (crossing.changes.empty() || crossing.proxied || !crossing.entry.message->is_request()) return;
    const sip::Message& before = *crossing.entry.message;
    const sip::Message& after = *crossing.exit.message;
    const std::string_view uri = digest_uri(after);
    if (uri.empty() || uri != digest_uri(before) || !same_uri(uri, before.request_uri()) ||
        same_uri(uri, after.request_uri()))
      return;
    const FindingKind* const kind = find_kind("alg-authorization");
    if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.detail =
        fmt::format("The router changed the Request-URI of {} to {}, but its credentials were made for {}.",
                    describe(before), after.request_uri(), uri);
    finding.evidence.push_back(evidence_of(crossing.exit, "Request-URI", before.request_uri(), after.request_uri()));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_alg_digest() { return std::make_unique<AlgDigest>(); }

}  // namespace vialens

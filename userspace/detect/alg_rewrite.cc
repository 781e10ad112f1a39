// A field that differs between the two sides of a box.
//
// A NAT changes addresses in packet headers and leaves the payload alone, so every difference of meaning inside a
// message was made by something that reads SIP. A proxy does more than edit (it pushes a Via, counts Max-Forwards
// down), and what it changes of the route of a message is its right (RFC 3261 16.6). It has none to change who the end
// points are and where their media goes, but those that sit in front of phones do so to relay it: that is told as a
// hint, and no alarm. A box that pushes a Via and does not take it away from the answer is no proxy, and what it did is
// told then.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/crossing/translation.h"
#include "userspace/detect/all.h"
#include "userspace/detect/rewrites.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidenceInProxy = 0.45;

struct Rule {
  std::string_view id;
  bool in_proxy = false;  // a finding even if a proxy did it
};

// By Field. What has no id here has a detector of its own.
constexpr auto kRules = [] {
  std::array<Rule, static_cast<std::size_t>(Field::count_)> rules{};
  const auto set = [&](Field field, std::string_view id, bool in_proxy = false) {
    rules[static_cast<std::size_t>(field)] = {id, in_proxy};
  };
  set(Field::via, "alg-via");
  set(Field::via_params, "alg-via-params");
  set(Field::contact, "alg-contact", true);
  set(Field::request_uri, "alg-request-uri");
  set(Field::from, "alg-from-to", true);
  set(Field::to, "alg-from-to", true);
  set(Field::call_id, "alg-call-id", true);
  set(Field::authorization, "alg-authorization");
  set(Field::route, "alg-route");
  set(Field::refer, "alg-refer");
  set(Field::identity, "alg-identity");
  set(Field::expires, "alg-expires");
  set(Field::session_timer, "alg-session-timer");
  set(Field::user_agent, "alg-user-agent");
  set(Field::header_removed, "alg-header-removed");
  set(Field::header_added, "alg-header-added");
  set(Field::sdp_origin, "alg-sdp-origin", true);
  set(Field::sdp_connection, "alg-sdp-address", true);
  set(Field::sdp_media_port, "alg-sdp-port", true);
  set(Field::sdp_attribute, "alg-sdp-attribute", true);
  set(Field::content_length, "alg-content-length", true);
  set(Field::truncated, "alg-truncated", true);
  set(Field::corrupted, "alg-corrupted", true);
  return rules;
}();

std::string_view verb(const Change& change) noexcept {
  switch (change.field) {
    case Field::header_removed:
      return "took away";
    case Field::header_added:
      return "put in";
    case Field::truncated:
      return "cut off the end of";
    case Field::corrupted:
      return "made unreadable";
    case Field::content_length:
      return change.before == change.after ? "changed the body and not the" : "changed";
    default:
      return "changed";
  }
}

std::string_view id_of(const Change& change) noexcept { return rewrite_id(change.field); }

std::size_t top_branch(const sip::Message& message) {
  const auto via = sip::top_via(message);
  return via ? hash(via->params.find("branch").value_or("")) : 0;
}

class AlgRewrite final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.out() && !crossing.entry.message->is_request()) look_for_forgotten_via(crossing, findings);
    if (crossing.changes.empty()) return;
    std::vector<Finding>* pushed = nullptr;  // what to tell should it turn out to be no proxy
    if (crossing.proxied && crossing.out() && crossing.exit.message->is_request()) {
      pushed = &pushed_[top_branch(*crossing.exit.message)];
      pushed->clear();
    }
    const Subject subject = subject_of(crossing);
    for (const Change& change : crossing.changes) {
      if (id_of(change).empty()) continue;
      const FindingKind* const kind = find_kind(id_of(change));
      if (pushed != nullptr && !has(*pushed, kind))
        pushed->push_back(finding_about(change, kind, kRewriteConfidence, crossing));
      if (crossing.proxied && !kRules[static_cast<std::size_t>(change.field)].in_proxy) continue;
      const double confidence = crossing.proxied ? kConfidenceInProxy : kRewriteConfidence;
      if (!findings.repeats(kind, subject, confidence)) findings.add(finding_about(change, kind, confidence, crossing));
    }
  }

 private:
  static bool has(const std::vector<Finding>& findings, const FindingKind* kind) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.kind == kind; });
  }

  static Finding finding_about(const Change& change, const FindingKind* kind, double confidence,
                               const Crossing& crossing) {
    const sip::Message& message = *crossing.entry.message;
    Finding finding = finding_of(kind, confidence, crossing);
    const std::string where = change.field == Field::truncated ? "" : fmt::format("{} of ", change.where);
    finding.translation = is_translation(change, crossing);
    finding.detail = fmt::format("Between {} and {} the router {} {}{} (CSeq {}).", crossing.entry.tap->name,
                                 crossing.exit.tap->name, verb(change), where, describe(message), message.cseq());
    finding.evidence.push_back(evidence_of(crossing.exit, change.where, change.before, change.after));
    return finding;
  }

  void look_for_forgotten_via(const Crossing& crossing, Findings& findings) {
    const sip::Message& answer = *crossing.exit.message;
    if (crossing.proxied || sip::Values::count(answer, sip::HeaderName::via) < 2) return;
    const std::vector<Finding>* const pushed = pushed_.peek(top_branch(answer));
    if (pushed == nullptr) return;
    for (const Finding& finding : *pushed) findings.add(finding);
    const auto via = sip::top_via(answer);
    Finding finding = finding_of(find_kind("alg-via"), kRewriteConfidence, crossing);
    finding.detail = fmt::format("The router put its own Via into {} and left it in the answer.", answer.method());
    finding.evidence.push_back(evidence_of(crossing.exit, "Via", "", via ? via->text : ""));
    findings.add(finding);
  }

  Memory<std::vector<Finding>> pushed_{1024};  // by the branch of the Via on top
};

}  // namespace

std::string_view rewrite_id(Field field) noexcept { return kRules[static_cast<std::size_t>(field)].id; }

std::unique_ptr<Detector> make_alg_rewrite() { return std::make_unique<AlgRewrite>(); }

}  // namespace vialens

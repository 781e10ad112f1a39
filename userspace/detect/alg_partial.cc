// The phone's address was rewritten in one place of a message and left in another where somebody will send to it.
//
// Names and identifiers are no such place: a Call-ID, a User-Agent or an o= line may name any address. But a Call-ID
// that was rewritten has to be rewritten wherever it stands: a transfer that names the call as the phone knows it
// (Replaces, RFC 3891 3, also within Refer-To) finds none outside.
#include <fmt/format.h>

#include <charconv>

#include "userspace/core/literals.h"
#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.98;

class AlgPartial final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (crossing.proxied) return;
    look_for_replaces(crossing, findings);
    if (crossing.grade == Grade::unchanged || crossing.grade == Grade::harmless || !crossing.out() ||
        !crossing.translated())
      return;
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

 private:
  // The Call-ID that this message wants to replace; it may be escaped within a URI.
  static std::string replaced_call(const sip::Message& message) {
    std::string_view text = message.first(sip::HeaderName::replaces);
    if (text.empty()) {
      text = message.first(sip::HeaderName::refer_to);
      const std::size_t at = text.find("Replaces=");
      if (at == text.npos) return {};
      text.remove_prefix(at + 9);
    }
    std::string call_id;
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c == '%' && i + 2 < text.size()) {
        unsigned char byte = 0;
        const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
        if (error == std::errc{} && end == text.data() + i + 3) {
          c = static_cast<char>(byte);
          i += 2;
        }
      }
      if (c == ';' || c == '>' || c == '&' || c == ' ') break;
      call_id += c;
    }
    return call_id;
  }

  void look_for_replaces(const Crossing& crossing, Findings& findings) {
    const sip::Message& inner = *crossing.lan().message;
    const sip::Message& outer = *crossing.wan().message;
    if (inner.call_id() != outer.call_id()) renamed_[hash(inner.call_id())] = outer.call_id();
    if (!crossing.out() || !inner.is_request()) return;
    const std::string wanted = replaced_call(outer);
    const std::string* const outside = wanted.empty() ? nullptr : renamed_.peek(hash(wanted));
    if (outside == nullptr || *outside == wanted || wanted != replaced_call(inner)) return;
    const FindingKind* const kind = find_kind("alg-partial");
    if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.detail =
        fmt::format("{} is to replace the call {}, which the router has renamed to {}, and it left the old name here.",
                    describe(inner), wanted, *outside);
    finding.evidence.push_back(evidence_of(crossing.exit, "Replaces", wanted, wanted));
    findings.add(finding);
  }

  Memory<std::string> renamed_{4096};  // Call-IDs, from their name inside to the one outside
};

}  // namespace

std::unique_ptr<Detector> make_alg_partial() { return std::make_unique<AlgPartial>(); }

}  // namespace vialens

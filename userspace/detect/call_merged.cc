// Two variants of one INVITE reached a server, which answered 482 to one of them.
//
// A server that gets one request twice by different ways, with the same From tag, Call-ID and CSeq but as another
// transaction, has to refuse the second (RFC 3261 8.2.2.2). Proxies that fork make such requests, with Vias of their
// own; a phone does not, so two of its INVITEs that differ in their top Via, or two texts of one, are somebody else's
// doing. 482 alone may as well be a loop (16.3).
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.92;

class CallMerged final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    const sip::Message& message = *seen.sighting.message;
    if (is_request(seen, Method::invite) && sip::Values::count(message, sip::HeaderName::via) == 1)
      note(request_of(seen), seen);
    if (!is_answer(seen, Method::invite) || message.status() != 482) return;
    const Variants* const variants = variants_.peek(request_of(seen));
    if (variants == nullptr || variants->second == 0) return;
    const FindingKind* const kind = find_kind("call-merged");
    if (findings.repeats(kind, subject_of_call(seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, seen.sighting, seen.call_id);
    finding.detail =
        fmt::format("{} answered 482 to INVITE (CSeq {}), of which it had been sent two variants: {} and {}.",
                    to_string(seen.sighting.source), message.cseq(), variants->first_via, variants->second_via);
    finding.evidence.push_back(evidence_of(seen.sighting, "Via", variants->first_via, variants->second_via));
    findings.add(finding);
  }

 private:
  struct Variants {
    std::size_t first = 0, second = 0;  // hashes of their texts
    std::string first_via, second_via;
  };

  // One request between two hosts, whatever its top Via.
  static std::size_t request_of(const Seen& seen) {
    const Transaction& transaction = *seen.transaction;
    const std::size_t ends =
        mix(std::hash<Address>{}(transaction.client.address), std::hash<Address>{}(transaction.server.address));
    const std::size_t request = mix(mix(hash(seen.call_id), transaction.from_tag), transaction.cseq);
    return mix(mix(request, ends), static_cast<std::size_t>(transaction.side));
  }

  void note(std::size_t key, const Seen& seen) {
    const sip::Message& message = *seen.sighting.message;
    if (seen.sighting.cut) return;
    const std::size_t text = hash(message.bytes());
    Variants& variants = variants_[key];
    if (variants.first == 0) {
      variants.first = text;
      variants.first_via = message.first(sip::HeaderName::via);
    } else if (variants.second == 0 && text != variants.first) {
      variants.second = text;
      variants.second_via = message.first(sip::HeaderName::via);
    }
  }

  Memory<Variants> variants_{2048};
};

}  // namespace

std::unique_ptr<Detector> make_call_merged() { return std::make_unique<CallMerged>(); }

}  // namespace vialens

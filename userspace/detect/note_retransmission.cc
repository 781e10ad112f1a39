// The same message once more: its sender has heard no answer yet (RFC 3261 17.1.1.2, 17.1.2.2), or is told by the other
// side that it was lost. One and the same text between the same two ends, not less than a network's jitter later.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;
constexpr Duration kSoonest = std::chrono::milliseconds(150), kLatest = std::chrono::seconds(64);

class NoteRetransmission final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (sighting.transport != Transport::udp) return;
    std::size_t key = mix(hash(sighting.message->bytes()), std::hash<Endpoint>{}(sighting.source));
    key = mix(mix(key, std::hash<Endpoint>{}(sighting.destination)), sighting.tap->id);
    Copies& copies = copies_[key];
    const Duration pause = sighting.time - copies.last;
    const bool again = copies.count > 0 && pause <= kLatest;
    if (!again) copies = {.count = 0, .first = sighting.time};
    copies.last = sighting.time;
    ++copies.count;
    if (!again || sighting.time - copies.first < kSoonest) return;
    const FindingKind* const kind = find_kind("note-retransmission");
    const Subject subject = subject_of(*sighting.message, seen.call_id);
    if (findings.repeats(kind, subject, kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, sighting, seen.call_id);
    finding.detail = fmt::format("{} (CSeq {}) was repeated by {} after {:.1f} s, byte by byte the same.",
                                 describe(*sighting.message), sighting.message->cseq(), to_string(sighting.source),
                                 std::chrono::duration<double>(sighting.time - copies.first).count());
    finding.evidence.push_back(evidence_of(sighting, "copy", sighting.message->start_line(), ""));
    findings.add(finding);
  }

 private:
  struct Copies {
    int count = 0;
    Time first{}, last{};
  };
  Memory<Copies> copies_;
};

}  // namespace

std::unique_ptr<Detector> make_note_retransmission() { return std::make_unique<NoteRetransmission>(); }

}  // namespace vialens

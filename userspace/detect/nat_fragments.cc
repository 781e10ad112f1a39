// A large message entered the box whole, and of its fragments only some left (RFC 4787 REQ-14, RFC 3261 18.1.1).
//
// It was seen whole on one side; on the other its beginning came, and the rest never did. A capture may lose a
// fragment, too, and one with a filter for a port has none but the first: it takes a second copy with the same fate to
// be proven, and an interface that we watch ourselves.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kProof = 0.96, kConfidence = 0.6;

std::size_t key_of(const sip::Message& message) {
  const auto via = sip::top_via(message);
  std::size_t key = mix(hash(message.call_id()), hash(message.method()));
  key = mix(key, (static_cast<std::size_t>(message.cseq()) << 16U) + static_cast<std::size_t>(message.status()));
  return mix(key, via ? hash(via->params.find("branch").value_or("")) : 0);
}

class NatFragments final : public Detector {
 public:
  void on_stray(const Stray& stray, Findings&) override {
    const Sighting& sighting = stray.sighting;
    if (sighting.transport != Transport::udp || sighting.cut) return;
    Whole& whole = whole_[key_of(*sighting.message)];
    if (whole.finding.kind == nullptr)
      whole.finding = finding_of(find_kind("nat-fragments"), kConfidence, sighting, stray.call_id);
    whole.tap = sighting.tap;
    whole.size = sighting.message->bytes().size();
    whole.evidence = evidence_of(sighting, "size", std::to_string(whole.size), "");
  }

  void on_incomplete(const IncompleteDatagram& datagram, Findings& findings) override {
    if (sip::Message::parse(datagram.first, message_) == sip::Grade::not_sip) return;
    Whole* const whole = whole_.find(key_of(message_));
    if (whole == nullptr || whole->tap == nullptr || whole->tap->side == datagram.tap->side) return;
    ++whole->copies;
    Finding finding = whole->finding;
    const bool live = datagram.tap->direction != Direction::unknown;
    finding.confidence = whole->copies > 1 && live ? kProof : kConfidence;
    finding.segment = "lan-wan";
    finding.direction = whole->tap->side == Side::lan ? "out" : "in";
    finding.detail = fmt::format(
        "{} of {} bytes entered the router whole, and of its fragments only the first {} bytes "
        "left it ({} time{}).",
        describe(message_), whole->size, datagram.first.size(), whole->copies, whole->copies == 1 ? "" : "s");
    finding.evidence = {whole->evidence};
    finding.evidence.front().tap = datagram.tap->name;
    finding.evidence.front().after = std::to_string(datagram.first.size());
    findings.add(finding);
  }

 private:
  struct Whole {
    const TapInfo* tap = nullptr;
    std::size_t size = 0;
    int copies = 0;
    Finding finding{};
    Evidence evidence{};
  };

  Memory<Whole> whole_{1024};
  sip::Message message_;
};

}  // namespace

std::unique_ptr<Detector> make_nat_fragments() { return std::make_unique<NatFragments>(); }

}  // namespace vialens

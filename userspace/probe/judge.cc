#include "userspace/probe/judge.h"

#include <algorithm>
#include <array>

#include "userspace/engine/engine.h"

namespace vialens {
namespace {

class Collector final : public Sink {
 public:
  explicit Collector(std::vector<Finding>& findings) : findings_(findings) {}

  void on_finding(const Finding& finding) override {
    if (!is_alarm(finding.kind->id, finding.confidence)) return;
    for (Finding& known : findings_)
      if (known.kind == finding.kind) {
        if (finding.confidence > known.confidence) known = finding;
        return;
      }
    findings_.push_back(finding);
  }
  void on_call(const Call&) override {}
  void on_registration(const Registration&) override {}
  void on_summary(const Summary&) override {}

 private:
  std::vector<Finding>& findings_;
};

}  // namespace

Grade Judgement::grade() const noexcept {
  if (totals.crossings_broken != 0) return Grade::broken;
  if (totals.crossings_incomplete != 0) return Grade::incomplete;
  return totals.crossings_harmless != 0 ? Grade::harmless : Grade::unchanged;
}

Judgement judge(const std::vector<Sight>& sights, Transport transport) {
  const std::array<TapInfo, 2> taps{TapInfo{0, "lan", "probe", Side::lan, Direction::unknown, "probe"},
                                    TapInfo{1, "wan", "reflector", Side::wan, Direction::unknown, "reflector"}};
  Judgement judgement;
  Collector collector(judgement.findings);
  Engine engine(taps, collector);
  Time last{};
  for (const Sight& sight : sights) {
    Piece piece;
    // What is whole already needs no assembling.
    piece.time = last = std::max(last, sight.time);
    piece.tap = sight.side == Side::lan ? 0 : 1;
    piece.transport = transport;
    piece.source = sight.source;
    piece.destination = sight.destination;
    piece.wire_length = static_cast<std::uint32_t>(sight.bytes.size());
    piece.bytes = sight.bytes;
    engine.observe(piece);
    engine.packet_seen(piece.tap, piece.time);
    engine.advance(piece.time);
  }
  engine.finish();
  judgement.guesses = engine.alg_guesses();
  judgement.totals = engine.totals();
  return judgement;
}

}  // namespace vialens

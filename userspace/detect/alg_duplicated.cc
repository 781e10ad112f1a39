// One message entered the box and two left.
//
// The second copy leaves within a moment of the first, long before any end point repeats itself (500 ms, RFC 3261
// 17.1.1.2). A capture that shows every packet twice does so of those that come in as well; where that is seen, nothing
// is said.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;
constexpr Duration kMoment = std::chrono::milliseconds(250);

std::size_t key_of(const Sighting& sighting) {
  const sip::Message& message = *sighting.message;
  std::size_t key = mix(hash(message.method()), static_cast<std::size_t>(message.status()));
  key = mix(key, message.cseq());
  const auto from = sip::from(message);
  key = mix(key, from ? hash(from->params.find("tag").value_or("")) : 0);
  key = mix(mix(key, std::hash<Endpoint>{}(sighting.source)), std::hash<Endpoint>{}(sighting.destination));
  return mix(key, static_cast<std::size_t>(sighting.tap->side));
}

class AlgDuplicated final : public Detector {
 public:
  explicit AlgDuplicated(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings&) override {
    if (crossing.entry.transport != Transport::udp) return;
    left_[key_of(crossing.exit)] = {crossing.exit.time, crossing.direction};
    entered_[key_of(crossing.entry)] = {crossing.entry.time, crossing.direction};
  }

  // What leaves has entered before, so the end of the window need not be waited for.
  void on_last_stray(const Stray& stray, Findings& findings) override {
    const Side other = stray.sighting.tap->side == Side::wan ? Side::lan : Side::wan;
    if (scene_.heard_after(other, stray.sighting.time)) on_stray(stray, findings);
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    if (sighting.transport != Transport::udp) return;
    const std::size_t key = key_of(sighting);
    if (is_near(entered_.peek(key), sighting)) {
      ++double_entries_;
    }
    const Copy* const first = left_.peek(key);
    if (!is_near(first, sighting) || double_entries_ > 1) return;
    Finding finding = finding_of(find_kind("alg-duplicated"), kConfidence, sighting, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = to_string(first->direction);
    finding.detail =
        fmt::format("{} (CSeq {}) entered the router once and left it twice, {:.1f} ms apart.",
                    describe(*sighting.message), sighting.message->cseq(),
                    std::chrono::duration<double, std::milli>(std::chrono::abs(sighting.time - first->time)).count());
    finding.evidence.push_back(evidence_of(sighting, "copy", sighting.message->start_line(), ""));
    findings.add(finding);
  }

 private:
  struct Copy {
    Time time{};
    Direction direction = Direction::unknown;
  };

  static bool is_near(const Copy* copy, const Sighting& sighting) {
    return copy != nullptr && std::chrono::abs(copy->time - sighting.time) < kMoment;
  }

  const Scene& scene_;
  Memory<Copy> left_{8192}, entered_{8192};
  int double_entries_ = 0;
};

}  // namespace

std::unique_ptr<Detector> make_alg_duplicated(const Scene& scene) { return std::make_unique<AlgDuplicated>(scene); }

}  // namespace vialens

// The box has a new outside address, and a phone's messages still leave with the old one.
//
// Its mapping was made before the change, and each of its own messages keeps it alive. Two addresses alone prove
// nothing (a box may have two uplinks): the phone must have been answered by way of the old one before, and not once
// since the new one appeared, although it kept asking.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.92;
constexpr int kCopies = 3;

class NatStaleMapping final : public Detector {
 public:
  explicit NatStaleMapping(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.translated() || crossing.entry.transport != Transport::udp) return;
    Mapping& mapping =
        mappings_[mix(std::hash<Endpoint>{}(crossing.inside()), std::hash<Endpoint>{}(crossing.outside()))];
    if (!crossing.out()) {
      mapping.answered = true;
      mapping.unanswered = 0;
      return;
    }
    const Box::OutsideAddress* const newer = newer_than(crossing.outside().address);
    if (newer == nullptr || !mapping.answered || !crossing.exit.message->is_request() ||
        crossing.exit.message->method() == "ACK")
      return;
    if (++mapping.unanswered < kCopies) return;
    const FindingKind* const kind = find_kind("nat-stale-mapping");
    if (findings.repeats(kind, subject_of(crossing), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, crossing);
    finding.detail = fmt::format(
        "The router's address is {} now, but what {} sends still leaves as {}, and since then nothing has been "
        "answered.",
        to_string(newer->address), to_string(crossing.inside()), to_string(crossing.outside()));
    finding.evidence.push_back(
        evidence_of(crossing.exit, "source", to_string(crossing.outside().address), to_string(newer->address)));
    findings.add(finding);
  }

 private:
  struct Mapping {
    bool answered = false;
    int unanswered = 0;
  };

  // Another address of the box that came into use after this one, and is in use.
  const Box::OutsideAddress* newer_than(const Address& address) const {
    const Box::OutsideAddress* own = nullptr;
    for (const auto& known : scene_.box.addresses())
      if (known.address == address) own = &known;
    for (const auto& known : scene_.box.addresses())
      if (own != nullptr && known.address != address && known.first > own->first) return &known;
    return nullptr;
  }

  const Scene& scene_;
  Memory<Mapping> mappings_{4096};
};

}  // namespace

std::unique_ptr<Detector> make_nat_stale_mapping(const Scene& scene) {
  return std::make_unique<NatStaleMapping>(scene);
}

}  // namespace vialens

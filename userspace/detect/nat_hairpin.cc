// Two phones behind one NAT were told each other's public address, and the box does not turn their media around
// (RFC 4787 REQ-9).
//
// Media goes from the LAN to an end point of the box's own outside address, which is what the other phone announced,
// and does not come back into the LAN.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.92;
constexpr std::uint64_t kPackets = 50;
constexpr Duration kLongEnough = std::chrono::seconds(2);

class NatHairpin final : public Detector {
 public:
  explicit NatHairpin(const Scene& scene) : scene_(scene) {}

  void on_flow(const Flow& flow, const CallMedia::Joined& joined, Findings& findings) override {
    if (scene_.taps[flow.tap].side != Side::lan || !flow.believed) return;
    if (!scene_.box.owns(flow.destination.address)) {
      if (scene_.box.owns(flow.source.address) || flow.destination.address.is_private()) turned_[flow.ssrc] = true;
      return;
    }
    if (flow.packets < kPackets || flow.last - flow.first < kLongEnough || turned_.peek(flow.ssrc) != nullptr) return;
    if (joined.call == nullptr || joined.call->agreed == Time{}) return;
    const FindingKind* const kind = find_kind("nat-hairpin");
    const Subject subject = subject_of_call(joined.call->call_id);
    if (findings.repeats(kind, subject, kConfidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = kConfidence;
    finding.time = flow.last;
    finding.subject = subject;
    finding.segment = "lan-wan";
    finding.direction = "out";
    finding.detail = fmt::format(
        "{} sends its media to {}, which is the router's own outside address and stands for another phone behind it; "
        "the "
        "router does not bring it there.",
        to_string(flow.source), to_string(flow.destination));
    finding.evidence.push_back({scene_.taps[flow.tap].name, "RTP", 0, "packets", std::to_string(flow.packets), "0"});
    findings.add(finding);
  }

 private:
  const Scene& scene_;
  Memory<bool> turned_{8192};  // streams that came back, by SSRC
};

}  // namespace

std::unique_ptr<Detector> make_nat_hairpin(const Scene& scene) { return std::make_unique<NatHairpin>(scene); }

}  // namespace vialens

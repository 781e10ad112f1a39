// The NAT maps each destination to another port (RFC 4787 4.1: endpoint-dependent mapping).
//
// Two ways to see it: one end point of a phone speaks with two others at the same time, and leaves by two ports. Or the
// phone announces a port for its media that is neither its own nor the one by which its media leaves: somebody, a STUN
// server, has told it the mapping that it had towards that one. A port that the phone announces as its own and that the
// NAT did not keep says less.
#include <fmt/format.h>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.9, kHint = 0.45;
constexpr Duration kAtTheSameTime = std::chrono::seconds(20);  // less than any mapping lives
constexpr std::uint64_t kPackets = 25;

// 100.64.0.0/10
bool is_shared(const Address& address) {
  return address.is_v4() && address.bytes[12] == 100 && (address.bytes[13] & 0xc0) == 64;
}

class NatSymmetric final : public Detector {
 public:
  explicit NatSymmetric(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.translated() || crossing.entry.transport != Transport::udp || !crossing.out()) return;
    Mapping& last = mappings_[std::hash<Endpoint>{}(crossing.inside())];
    const Mapping before = last;
    last = {crossing.remote(), crossing.outside(), crossing.wan().time};
    if (before.time == Time{} || before.remote == last.remote || before.outside.port == last.outside.port ||
        before.outside.address != last.outside.address || last.time - before.time > kAtTheSameTime)
      return;
    Finding finding = finding_of(find_kind("nat-symmetric"), kConfidence, crossing);
    finding.subject = {};
    finding.detail = fmt::format("{} leaves as {} towards {}, and as {} towards {}.", to_string(crossing.inside()),
                                 to_string(before.outside), to_string(before.remote), to_string(last.outside),
                                 to_string(last.remote));
    finding.evidence.push_back(
        evidence_of(crossing.exit, "mapping", to_string(before.outside), to_string(last.outside)));
    findings.add(finding);
  }

  void on_flow(const Flow& flow, const CallMedia::Joined& joined, Findings& findings) override {
    if (!scene_.two_sides || !flow.believed || flow.packets < kPackets) return;
    const std::size_t key = mix(flow.ssrc, std::hash<Endpoint>{}(flow.destination));
    const Side side = scene_.taps[flow.tap].side;
    if (side == Side::lan) {
      Inside& inner = inside_[key];
      inner.source = flow.source;
      // What the phone itself announces, on its side of the router.
      if (joined.call == nullptr || !joined.audio) return;
      const Description& own = joined.call->of(Place::inside).said[index(other(joined.to))];
      if (own.active && !own.several) inner.announced = own.where;
      return;
    }
    const auto* const inner = inside_.peek(key);
    // A port that the NAT kept is no other port, whatever was announced; and behind an address of a carrier's NAT
    // (RFC 6598) there is another NAT, whose work this may be.
    if (inner == nullptr || inner->source.address == flow.source.address || inner->source.port == flow.source.port ||
        is_shared(inner->source.address))
      return;
    const Endpoint& announced = inner->announced;
    if (announced.address != flow.source.address || announced.port == flow.source.port) return;
    const double confidence = announced.port != inner->source.port ? kConfidence : kHint;
    const FindingKind* const kind = find_kind("nat-symmetric");
    if (findings.repeats(kind, Subject{}, confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = flow.last;
    finding.segment = "lan-wan";
    finding.direction = "out";
    finding.detail = fmt::format("The phone announces {} for its media, and what it sends from {} to {} leaves as {}.",
                                 to_string(announced), to_string(inner->source), to_string(flow.destination),
                                 to_string(flow.source));
    finding.evidence.push_back(
        {scene_.taps[flow.tap].name, "RTP", 0, "mapping", to_string(announced), to_string(flow.source)});
    findings.add(finding);
  }

 private:
  struct Mapping {
    Endpoint remote{}, outside{};
    Time time{};
  };
  struct Inside {
    Endpoint source{}, announced{};
  };

  const Scene& scene_;
  Memory<Mapping> mappings_{8192};
  Memory<Inside> inside_{8192};
};

}  // namespace

std::unique_ptr<Detector> make_nat_symmetric(const Scene& scene) { return std::make_unique<NatSymmetric>(scene); }

}  // namespace vialens

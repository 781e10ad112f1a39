// The NAT's binding for a registered phone is gone, and the registration lives on.
//
// What the provider sends to where the phone registered from goes no further, after a pause that a NAT may end a
// binding in. Proven when the phone comes back by another port, before its registration has ended and with the Call-ID
// of its earlier REGISTERs: so it was not switched off meanwhile (RFC 3261 10.2). With both sides in sight it is likely
// before that, if still nothing gets through when the phone has been silent for longer than any time-out a NAT should
// have (RFC 4787 REQ-5) and no keep-alives were seen. What a copy that comes so late cannot say is what the first one
// met: the pause before that one is what is told, and what nat-timeout goes by.
#include <fmt/format.h>

#include "userspace/call/call_table.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr Duration kShortestPause = std::chrono::seconds(25), kLongPause = std::chrono::seconds(120);
constexpr Duration kStaysInteresting = std::chrono::minutes(30);
constexpr int kCopies = 3;
constexpr double kProof = 0.93, kProofFromOutside = 0.8, kLikelySo = 0.65;

class CallBindingLost final : public Detector {
 public:
  explicit CallBindingLost(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (sighting.transport != Transport::udp || sighting.tap->side == Side::lan) return;
    heard_[end_of(sighting, sighting.source)] = sighting.time;
    if (is_request(seen, Method::register_) && seen.copy == 1) look_for_return(seen, findings);
    if (!scene_.two_sides && sighting.message->is_request() && seen.transaction != nullptr &&
        seen.transaction->repeats + 1 >= kCopies && !seen.transaction->final && !seen.transaction->provisional)
      knock(seen.sighting, seen.call_id, seen.transaction->first, seen.transaction->copies);
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    if (!scene_.two_sides || sighting.tap->side != Side::wan || sighting.transport != Transport::udp ||
        sighting.tap->direction == Direction::out || !sighting.message->is_request())
      return;
    int& copies = strays_[end_of(sighting, sighting.destination)];
    Knock* const knocked = knock(sighting, stray.call_id, first_.of(sighting), ++copies);
    if (knocked == nullptr || copies < kCopies || knocked->silence < kLongPause || scene_.keep_alives) return;
    tell(*knocked, kLikelySo, stray.now, "", findings);
  }

  void on_crossing(const Crossing& crossing, Findings&) override {
    if (!crossing.out()) strays_.erase(end_of(crossing.wan(), crossing.wan().destination));
  }

 private:
  struct Knock {
    Time time{};
    Duration pause{}, silence{};  // of the phone, up to the first copy and to the last
    int copies = 0;
    std::string message, aor, tap;
    Endpoint phone{};
    Subject subject{};
  };

  static std::size_t end_of(const Sighting& sighting, const Endpoint& endpoint) {
    return mix(std::hash<Endpoint>{}(endpoint), static_cast<std::size_t>(sighting.tap->side));
  }

  Knock* knock(const Sighting& sighting, std::string_view call_id, Time first, int copies) {
    const Side side = sighting.tap->side;
    const auto* const phone = scene_.registrar.at(side, sighting.destination, sighting.time);
    const Time* const heard = heard_.peek(end_of(sighting, sighting.destination));
    if (phone == nullptr || heard == nullptr || phone->registrar.address != sighting.source.address) return nullptr;
    if (first - *heard < kShortestPause) return nullptr;
    Knock& knock = knocks_[mix(hash(phone->aor), static_cast<std::size_t>(side))];
    knock = {.time = sighting.time,
             .pause = first - *heard,
             .silence = sighting.time - *heard,
             .copies = copies,
             .message = describe(*sighting.message),
             .aor = phone->aor,
             .tap = sighting.tap->name,
             .phone = sighting.destination,
             .subject = subject_of(*sighting.message, call_id)};
    return &knock;
  }

  void look_for_return(const Seen& seen, Findings& findings) {
    const Sighting& sighting = seen.sighting;
    const Side side = sighting.tap->side;
    const std::string aor = aor_of(*sighting.message);
    Knock* const knock = knocks_.find(mix(hash(aor), static_cast<std::size_t>(side)));
    const auto* const before = scene_.registrar.of(side, aor);
    if (knock == nullptr || before == nullptr || knock->copies < kCopies) return;
    if (before->phone != knock->phone || before->until < sighting.time || before->call_id != hash(seen.call_id) ||
        sighting.time - knock->time > kStaysInteresting)
      return;
    if (sighting.source == knock->phone || sighting.source.address != knock->phone.address) return;
    tell(*knock, scene_.two_sides ? kProof : kProofFromOutside, sighting.time,
         fmt::format(" The phone has come back by port {}.", sighting.source.port), findings);
  }

  static std::string from_to(double first, double last) {
    return last - first < 1 ? fmt::format("{:.0f}", first) : fmt::format("{:.0f} to {:.0f}", first, last);
  }

  void tell(const Knock& knock, double confidence, Time now, std::string_view more, Findings& findings) {
    Finding finding;
    finding.kind = find_kind("call-binding-lost");
    finding.confidence = confidence;
    finding.time = now;
    finding.subject = knock.subject;
    finding.direction = "in";
    finding.detail = fmt::format(
        "{} for {} at {}, {} s after the last message from there, went nowhere, though the registration lives.{}",
        knock.message, knock.aor, to_string(knock.phone), from_to(seconds(knock.pause), seconds(knock.silence)), more);
    finding.evidence.push_back({knock.tap, knock.message, 0, "destination", to_string(knock.phone), ""});
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Time> heard_{16384};   // by end point, its last message
  Memory<int> strays_{4096};    // by end point, since something got through
  Memory<Knock> knocks_{4096};  // by address of record
  FirstCopies first_;
};

}  // namespace

std::unique_ptr<Detector> make_call_binding_lost(const Scene& scene) {
  return std::make_unique<CallBindingLost>(scene);
}

}  // namespace vialens

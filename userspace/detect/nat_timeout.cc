// The NAT's mapping ended before the next message came.
//
// A request for the phone arrives at an outside port that led to it before, after a pause in which nothing was seen to
// use it, and gets no further. Linux gives a mapping 30 s until it has been answered and 120 s afterwards; RFC 4787
// REQ-5 asks for two minutes. It is proven when the phone comes back by another port: its old one is gone. Until then
// it is likely, after a pause that is longer than any such time, if no keep-alives were seen that may have kept it
// open.
//
// With one side in sight, that the phone did not answer is all that can be known, and its new port what explains it.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kProof = 0.93, kConfidence = 0.6, kProofFromOutside = 0.7;
constexpr Duration kShortestPause = std::chrono::seconds(25), kLongPause = std::chrono::seconds(120);
constexpr Duration kStaysInteresting = std::chrono::minutes(30);
constexpr int kCopies = 2, kCopiesFromOutside = 3;

std::size_t identity_of(const sip::Message& message) {
  const auto to = sip::to(message);
  return to ? mix(hash(to->uri.user), hash(to->uri.host_port.host)) : 0;
}

class NatTimeout final : public Detector {
 public:
  explicit NatTimeout(const Scene& scene) : scene_(scene) {}

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    if (!scene_.two_sides || sighting.tap->side != Side::wan || sighting.transport != Transport::udp ||
        sighting.tap->direction == Direction::out || !sighting.message->is_request())
      return;
    const Binding* const binding = scene_.box.binding(sighting.destination);
    if (binding == nullptr || !led_there(*binding, sighting)) return;
    Knock& knock = knocks_[std::hash<Endpoint>{}(sighting.destination)];
    if (knock.binding_used != binding->last) knock = {.binding_used = binding->last};
    const Duration pause = first_.of(sighting) - binding->last;
    ++knock.copies;
    if (pause < kShortestPause || knock.copies < kCopies) return;
    knock.finding = finding_of(find_kind("nat-timeout"), kConfidence, sighting, stray.call_id);
    knock.finding.time = stray.now;
    knock.finding.segment = "lan-wan";
    knock.finding.direction = "in";
    knock.finding.detail = fmt::format(
        "{} for {} came to {}, {:.0f} s after the last message there, and went no further.",
        describe(*sighting.message), to_string(binding->inside), to_string(sighting.destination), seconds(pause));
    knock.finding.evidence = {evidence_of(sighting, "destination", to_string(sighting.destination), "")};
    waiting_[std::hash<Endpoint>{}(binding->inside)] = {sighting.destination, sighting.time};
    if (pause >= kLongPause && !scene_.keep_alives) findings.add(knock.finding);
  }

  // The phone speaks again: by which port?
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.out() || !crossing.translated()) return;
    const std::size_t phone = std::hash<Endpoint>{}(crossing.inside());
    const auto* const waiting = waiting_.peek(phone);
    if (waiting == nullptr) return;
    const Endpoint old = waiting->destination;
    const bool late = crossing.entry.time - waiting->time > kStaysInteresting;
    waiting_.erase(phone);
    Knock* const knock = knocks_.find(std::hash<Endpoint>{}(old));
    if (late || knock == nullptr || knock->finding.kind == nullptr || crossing.outside() == old ||
        crossing.outside().address != old.address)
      return;
    Finding finding = knock->finding;
    finding.confidence = kProof;
    finding.time = crossing.exit.time;
    finding.detail +=
        fmt::format(" The phone's next message left from port {}: the mapping was gone.", crossing.outside().port);
    finding.evidence.push_back(evidence_of(crossing.exit, "mapping", to_string(old), to_string(crossing.outside())));
    findings.add(finding);
  }

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (scene_.two_sides || sighting.tap->side == Side::lan || sighting.transport != Transport::udp) return;
    const Side side = sighting.tap->side;
    if (scene_.clients.is_client(side, sighting.source.address))
      from_phone(seen, findings);
    else if (scene_.clients.is_client(side, sighting.destination.address) && sighting.message->is_request())
      for_phone(seen);
  }

 private:
  struct Knock {
    Time binding_used{};
    int copies = 0;
    Finding finding{};
  };
  struct Waiting {
    Endpoint destination{};
    Time time{};
  };
  struct Phone {  // an end point outside, as one side shows it
    Time last_heard{};
    int unanswered = 0;
    Duration pause{};
    Finding finding{};
  };
  struct Place {
    Endpoint endpoint{};
  };

  // A stranger never had a mapping: that a NAT or a firewall keeps out who was not called is what they are for.
  bool led_there(const Binding& binding, const Sighting& sighting) const {
    return scene_.box.binding_of(binding.inside, sighting.source) != nullptr;
  }

  void for_phone(const Seen& seen) {
    const Sighting& sighting = seen.sighting;
    Phone* const phone = phones_.find(std::hash<Endpoint>{}(sighting.destination));
    if (phone == nullptr || phone->last_heard == Time{}) return;
    if (phone->unanswered++ == 0) phone->pause = sighting.time - phone->last_heard;
    if (phone->pause < kShortestPause || phone->unanswered < kCopiesFromOutside) return;
    phone->finding = finding_of(find_kind("nat-timeout"), kProofFromOutside, sighting, seen.call_id);
    phone->finding.detail =
        fmt::format("{} to {}, {:.0f} s after the phone's last message from there, was not answered.",
                    describe(*sighting.message), to_string(sighting.destination), seconds(phone->pause));
    phone->finding.evidence = {evidence_of(sighting, "destination", to_string(sighting.destination), "")};
  }

  void from_phone(const Seen& seen, Findings& findings) {
    const Sighting& sighting = seen.sighting;
    Phone& phone = phones_[std::hash<Endpoint>{}(sighting.source)];
    phone.last_heard = sighting.time;
    phone.unanswered = 0;
    if (sighting.message->method() != "REGISTER" || !sighting.message->is_request()) return;
    Place& place = places_[identity_of(*sighting.message)];
    const Endpoint old = std::exchange(place.endpoint, sighting.source);
    if (old == sighting.source || old.address != sighting.source.address) return;
    const Phone* const before = phones_.peek(std::hash<Endpoint>{}(old));
    if (before == nullptr || before->finding.kind == nullptr || before->unanswered < kCopiesFromOutside ||
        sighting.time - before->finding.time > kStaysInteresting)
      return;
    Finding finding = before->finding;
    finding.time = sighting.time;
    finding.detail += fmt::format(" The phone registers again from port {}.", sighting.source.port);
    finding.evidence.push_back(evidence_of(sighting, "mapping", to_string(old), to_string(sighting.source)));
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Knock> knocks_{2048};     // by end point outside
  Memory<Waiting> waiting_{2048};  // by end point inside
  Memory<Phone> phones_{8192};
  Memory<Place> places_{8192};  // by whom
  FirstCopies first_;
};

}  // namespace

std::unique_ptr<Detector> make_nat_timeout(const Scene& scene) { return std::make_unique<NatTimeout>(scene); }

}  // namespace vialens

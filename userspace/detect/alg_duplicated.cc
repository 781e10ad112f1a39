// One message entered the box and two left.
//
// The second copy leaves within a moment of the first, long before any end point repeats itself (500 ms, RFC 3261
// 17.1.1.2). Two answers to two copies of a request may be closer than that, but hardly as close. A capture that shows
// every packet twice does so of those that come in as well; where that is seen, nothing is said.
#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/crossing/digest.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;
constexpr Duration kMoment = std::chrono::milliseconds(50);
constexpr Duration kSuspicion = std::chrono::seconds(60);
constexpr Duration kSettled = std::chrono::milliseconds(1250);  // by then a second copy has been given up

// Of a message, whatever the router has made of its addresses.
std::size_t name_of(const sip::Message& message) {
  std::size_t key = mix(hash(message.method()), static_cast<std::size_t>(message.status()));
  key = mix(key, message.cseq());
  const auto from = sip::from(message);
  return mix(key, from ? hash(from->params.find("tag").value_or("")) : 0);
}

std::size_t key_of(const Sighting& sighting) {
  std::size_t key = name_of(*sighting.message);
  key = mix(mix(key, std::hash<Endpoint>{}(sighting.source)), std::hash<Endpoint>{}(sighting.destination));
  return mix(key, static_cast<std::size_t>(sighting.tap->side));
}

class AlgDuplicated final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings&) override {
    if (crossing.entry.transport != Transport::udp) return;
    const std::string_view after = crossing.exit.message->bytes();
    left_[key_of(crossing.exit)] = {crossing.exit.time, crossing.direction, hash(after), masked_digest(after)};
    Copy& entered = entered_[key_of(crossing.entry)];
    const std::uint64_t digest = masked_digest(crossing.entry.message->bytes());
    if (is_copy(&entered, crossing.entry, digest)) came_again_[name_of(*crossing.entry.message)] = crossing.entry.time;
    entered = {crossing.entry.time, crossing.direction, 0, digest};
    Time& first = first_entry_[side_of(crossing.entry)];
    if (first == Time{}) first = crossing.entry.time;
  }

  // What leaves has entered before, so the end of the window need not be waited for.
  void on_last_stray(const Stray& stray, Findings& findings) override { on_stray(stray, findings); }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    if (sighting.transport != Transport::udp || sighting.cut || sighting.message->cseq() == 0) return;
    const std::size_t key = key_of(sighting);
    const std::uint64_t digest = masked_digest(sighting.message->bytes());
    if (is_copy(entered_.peek(key), sighting, digest)) doubled_ = sighting.time;
    const Copy* const first = left_.peek(key);
    if (!is_copy(first, sighting, digest)) return;
    Finding finding = finding_of(find_kind("alg-duplicated"), kConfidence, sighting, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = to_string(first->direction);
    finding.detail =
        fmt::format("{} (CSeq {}) entered the router once and left it twice, {:.1f} ms apart.",
                    describe(*sighting.message), sighting.message->cseq(),
                    std::chrono::duration<double, std::milli>(std::chrono::abs(sighting.time - first->time)).count());
    finding.evidence.push_back(evidence_of(sighting, "copy", sighting.message->start_line(), ""));
    // Two versions of one message: no capture makes these.
    if (hash(sighting.message->bytes()) != first->text) return findings.add(finding);
    if (is_doubled(sighting.time) || came_again_.peek(name_of(*sighting.message)) != nullptr) return;
    if (held_.size() < kMostHeld) held_.push_back({side_of(sighting), std::move(finding)});
  }

  void advance(Time now, Findings& findings) override { tell_held(now, kSettled, findings); }
  void finish(Time now, Findings& findings) override { tell_held(now, kMoment, findings); }

 private:
  struct Copy {
    Time time{};
    Direction direction = Direction::unknown;
    std::size_t text = 0;
    std::uint64_t digest = 0;  // of the text without addresses, ports and lengths
  };
  struct Held {
    std::size_t side;
    Finding finding;
  };
  static constexpr std::size_t kMostHeld = 64;

  static std::size_t side_of(const Sighting& sighting) { return sighting.tap->side == Side::wan ? 1 : 0; }

  // Another text is another message, unless only addresses differ: a second answer has a tag of its own (RFC 3261
  // 8.2.6.2).
  static bool is_copy(const Copy* copy, const Sighting& sighting, std::uint64_t digest) {
    return copy != nullptr && std::chrono::abs(copy->time - sighting.time) < kMoment && digest == copy->digest;
  }

  bool is_doubled(Time now) const { return doubled_ != Time{} && now - doubled_ < kSuspicion; }

  // Once something has come in on that side, and has not been doubled while it could have been.
  void tell_held(Time now, Duration settled, Findings& findings) {
    if (is_doubled(now)) held_.clear();
    std::erase_if(held_, [&](const Held& held) {
      const Time first = first_entry_[held.side];
      if (first == Time{} || now - first < settled) return false;
      findings.add(held.finding);
      return true;
    });
  }

  Memory<Copy> left_{8192}, entered_{8192};
  Memory<Time> came_again_{1024};      // who sent it, sent it twice
  std::array<Time, 2> first_entry_{};  // LAN, WAN
  std::vector<Held> held_;
  Time doubled_{};  // when something came in twice: the network did that, or the capture shows everything twice
};

}  // namespace

std::unique_ptr<Detector> make_alg_duplicated() { return std::make_unique<AlgDuplicated>(); }

}  // namespace vialens

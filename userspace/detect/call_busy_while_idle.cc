// An inbound call was answered busy, and no phone said so.
//
// A phone says 486 when its user is in a call, declines, or does not want to be disturbed: that nobody can tell from
// outside. So it takes both sides: the 486 or 600 leaves the box, the INVITE that it answers never came out of the box
// inside, and the phone behind that port has no call. The side of the phones must have been in sight meanwhile; where
// the capture ends at that moment, it is likely if the answer came faster than a phone can give one.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "userspace/core/limits.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.85, kAtEnd = 0.6;
constexpr std::size_t kMostWaiting = 256;
constexpr Duration kWaits = std::chrono::seconds(30), kClose = std::chrono::seconds(5);
constexpr Duration kFasterThanPhones = std::chrono::milliseconds(5);

class CallBusyWhileIdle final : public Detector {
 public:
  explicit CallBusyWhileIdle(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings&) override {
    if (!scene_.two_sides || seen.transaction == nullptr) return;
    if (seen.sighting.tap->side == Side::wan && is_request(seen, Method::invite) && seen.copy == 1)
      asked_[call_of(*seen.transaction)] = seen.sighting.time;
    if (seen.sighting.tap->side != Side::lan) return;
    if (seen.transaction->method == Method::invite) inside_[call_of(*seen.transaction)] = true;
    if (seen.dialog == nullptr) return;
    if (!is_request(seen, Method::ack) && (!is_answer_of_dialog(seen) || seen.copy != 1)) return;
    for (const Endpoint* phone : {&seen.dialog->caller, &seen.dialog->callee})
      up_[std::hash<Address>{}(phone->address)] = seen.dialog->key;
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const auto finding = consider(stray);
    if (finding && waiting_.size() < kMostWaiting) waiting_.push_back({stray.sighting.time, *finding});
    tell_waiting(stray.now, findings);
  }

  void on_last_stray(const Stray& stray, Findings& findings) override {
    auto finding = consider(stray);
    const Time* const asked = asked_.peek(mix(hash(stray.call_id), stray.sighting.message->cseq()));
    if (!finding || asked == nullptr || stray.sighting.time - *asked > kFasterThanPhones ||
        *asked - std::max(scene_.last_packet(Side::lan), scene_.last_heard(Side::lan)) > kClose)
      return;
    finding->confidence = kAtEnd;
    findings.add(*finding);
  }

  void advance(Time now, Findings& findings) override { tell_waiting(now, findings); }
  void finish(Time now, Findings& findings) override { tell_waiting(now, findings); }
  void on_capture_loss(Time now) override {
    last_capture_loss_ = std::max(last_capture_loss_, now);
    waiting_.clear();
  }

 private:
  struct Waiting {
    Time time;
    Finding finding;
  };

  std::optional<Finding> consider(const Stray& stray) const {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    if (!scene_.two_sides || sighting.tap->side != Side::wan || sighting.tap->direction == Direction::in ||
        message.method() != "INVITE" || (message.status() != 486 && message.status() != 600))
      return std::nullopt;
    const Binding* const binding = scene_.box.binding(sighting.source);
    if (binding == nullptr || inside_.peek(mix(hash(stray.call_id), message.cseq())) != nullptr) return std::nullopt;
    if (in_a_call(binding->inside.address) || last_capture_loss_ >= sighting.time - kWaits) return std::nullopt;
    Finding finding = finding_of(find_kind("call-busy-while-idle"), kConfidence, sighting, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = "in";
    finding.detail =
        fmt::format("The router answered {} {} for the phone at {}, which has no call and was never asked.",
                    message.status(), message.reason(), to_string(binding->inside));
    finding.evidence.push_back(evidence_of(sighting, "message", "", message.start_line()));
    return finding;
  }

  static std::size_t call_of(const Transaction& invite) { return mix(hash(invite.call_id), invite.cseq); }

  bool in_a_call(const Address& phone) const {
    const std::size_t* const key = up_.peek(std::hash<Address>{}(phone));
    const Dialog* const dialog = key == nullptr ? nullptr : scene_.dialogs.find(*key);
    return dialog != nullptr && dialog->state != Dialog::State::ended;
  }

  void tell_waiting(Time now, Findings& findings) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
      const bool in_sight = in_sight_since(scene_, Side::lan, waiting.time);
      if (in_sight) findings.add(waiting.finding);
      return in_sight || now - waiting.time > kWaits;
    });
  }

  const Scene& scene_;
  Memory<Time> asked_{8192};                // when the INVITE of a call came in outside
  Memory<bool> inside_{8192};               // calls whose INVITE was seen inside
  Memory<std::size_t> up_{2 * kMostCalls};  // by phone, the dialog it has been in last
  std::vector<Waiting> waiting_;            // for a sign of life inside
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_busy_while_idle(const Scene& scene) {
  return std::make_unique<CallBusyWhileIdle>(scene);
}

}  // namespace vialens

// An inbound call was answered busy, and no phone said so.
//
// A phone says 486 when its user is in a call, declines, or does not want to be disturbed: that nobody can tell from
// outside. So it takes both sides: the 486 or 600 leaves the box, the INVITE that it answers never came out of the box
// inside, and the phone behind that port has no call. The side of the phones must have been in sight meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.85;
constexpr std::size_t kMostWaiting = 256;
constexpr Duration kWaits = std::chrono::seconds(30);

class CallBusyWhileIdle final : public Detector {
 public:
  explicit CallBusyWhileIdle(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings&) override {
    if (!scene_.two_sides || seen.sighting.tap->side != Side::lan || seen.transaction == nullptr) return;
    if (seen.transaction->method == Method::invite) inside_[call_of(*seen.transaction)] = true;
    if (seen.dialog == nullptr || !is_answer_of_dialog(seen) || seen.copy != 1) return;
    for (const Endpoint* phone : {&seen.dialog->caller, &seen.dialog->callee})
      up_[std::hash<Address>{}(phone->address)] = seen.dialog->key;
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    if (!scene_.two_sides || sighting.tap->side != Side::wan || sighting.tap->direction == Direction::in ||
        message.method() != "INVITE" || (message.status() != 486 && message.status() != 600))
      return;
    const Binding* const binding = scene_.box.binding(sighting.source);
    if (binding == nullptr || inside_.peek(mix(hash(stray.call_id), message.cseq())) != nullptr) return;
    if (in_a_call(binding->inside.address) || last_capture_loss_ >= sighting.time - kWaits) return;
    Finding finding = finding_of(find_kind("call-busy-while-idle"), kConfidence, sighting, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = "in";
    finding.detail =
        fmt::format("The router answered {} {} for the phone at {}, which has no call and was never asked.",
                    message.status(), message.reason(), to_string(binding->inside));
    finding.evidence.push_back(evidence_of(sighting, "message", "", message.start_line()));
    if (waiting_.size() < kMostWaiting) waiting_.push_back({sighting.time, finding});
    tell_waiting(stray.now, findings);
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

  static std::size_t call_of(const Transaction& invite) { return mix(hash(invite.call_id), invite.cseq); }

  bool in_a_call(const Address& phone) const {
    const std::size_t* const key = up_.peek(std::hash<Address>{}(phone));
    const Dialog* const dialog = key == nullptr ? nullptr : scene_.dialogs.find(*key);
    return dialog != nullptr && dialog->state == Dialog::State::confirmed;
  }

  void tell_waiting(Time now, Findings& findings) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
      const bool in_sight = scene_.last_packet(Side::lan) > waiting.time || scene_.heard_after(Side::lan, waiting.time);
      if (in_sight) findings.add(waiting.finding);
      return in_sight || now - waiting.time > kWaits;
    });
  }

  const Scene& scene_;
  Memory<bool> inside_{8192};      // calls whose INVITE was seen inside
  Memory<std::size_t> up_{16384};  // by phone, the dialog it has been in last
  std::vector<Waiting> waiting_;   // for a sign of life inside
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_busy_while_idle(const Scene& scene) {
  return std::make_unique<CallBusyWhileIdle>(scene);
}

}  // namespace vialens

// An answered call was hung up 20 to 40 s later by the side that answered it, because the ACK never got there.
//
// It repeats its 2xx until the ACK comes and gives up after 64*T1 = 32 s with a BYE (RFC 3261 13.3.1.4); some wait for
// 20 s only. Proven by the 2xx being repeated until shortly before: a person who hangs up by chance does not do that.
#include <fmt/format.h>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr Duration kEarliest = std::chrono::seconds(20), kLatest = std::chrono::seconds(40);
constexpr Duration kStillRepeated = std::chrono::seconds(9);  // twice T2, and a little: one copy may be missing
constexpr int kRepeats = 3;
constexpr double kUnanswered = 0.96, kLeadsNowhere = 0.92;

class CallDropped32s final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    if (!is_request(seen, Method::bye) || seen.copy != 1 || seen.dialog == nullptr) return;
    const Dialog& dialog = *seen.dialog;
    const Dialog::Answer& answer = dialog.answer;
    const Time now = seen.sighting.time;
    if (seen.from != answer.by || answer.repeats < kRepeats || answer.first == Time{}) return;
    const Duration age = now - answer.first;
    if (age < kEarliest || age > kLatest || now - answer.last > kStillRepeated) return;
    if (dialog.ack && dialog.repeats_after_ack() < kRepeats) return;  // it came in the end
    Finding finding = finding_of(find_kind("call-dropped-32s"), dialog.ack ? kLeadsNowhere : kUnanswered, seen.sighting,
                                 seen.call_id);
    finding.detail = fmt::format(
        "{} answered, repeated its 200 OK {} times without ever getting an ACK, and hung up {:.0f} s later.",
        to_string(seen.sighting.source), answer.copies - 1, seconds(age));
    finding.evidence.push_back(evidence_of(seen.sighting, "Contact of the 200 OK", "", answer.contact));
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_call_dropped_32s() { return std::make_unique<CallDropped32s>(); }

}  // namespace vialens

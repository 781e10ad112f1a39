// The session timer ended the call, because it was not refreshed.
//
// The 2xx agreed on a Session-Expires: who refreshes sends an INVITE or UPDATE at half of it. If none succeeds, the
// other end hangs up at the interval less the smaller of 32 s and a third of it, or at its end; and the refresher does
// when its request was not answered within 64*T1 (RFC 4028 10). Told of a BYE at one of these moments. Strong where a
// refresh was seen to fail; where none was seen at all the box may have swallowed it, and the moment is what speaks for
// it.
//
// Both directions must have been seen in the dialog, or the refresh may have passed elsewhere.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr Duration kLate = std::chrono::seconds(4), kEarly = std::chrono::seconds(2);
constexpr Duration kGivesUp = std::chrono::seconds(32);  // 64*T1
constexpr double kSeenToFail = 0.94, kByTheClock = 0.8, kInLossyCapture = 0.45;

class CallSessionExpired final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    if (!is_request(seen, Method::bye) || seen.copy != 1 || seen.dialog == nullptr) return;
    const Dialog& dialog = *seen.dialog;
    const Dialog::Timer& timer = dialog.timer;
    const Time now = seen.sighting.time;
    if (timer.interval == std::chrono::seconds(0) || !both_directions_seen(dialog)) return;
    const Duration interval = timer.interval, age = now - timer.since;
    const Duration hang_up = interval - std::min<Duration>(kGivesUp, interval / 3);
    const bool failed = timer.tried != Time{} && now - timer.tried >= kGivesUp - kEarly;
    const bool gave_up = failed && is_about(now - timer.tried, kGivesUp);
    if (!gave_up && !is_about(age, hang_up) && !is_about(age, interval)) return;
    if (timer.tried != Time{} && !failed && now - timer.tried < std::chrono::seconds(5)) return;  // under way just now
    double confidence = timer.tried != Time{} ? kSeenToFail : kByTheClock;
    if (last_capture_loss_ > timer.since) confidence = kInLossyCapture;
    Finding finding = finding_of(find_kind("call-session-expired"), confidence, seen.sighting, seen.call_id);
    finding.detail = fmt::format(
        "The call was to be refreshed every {} s; {} for {:.0f} s after the last time, and {} hung up.",
        timer.interval.count(),
        timer.tried != Time{}
            ? fmt::format("the refresh sent {:.0f} s ago got no success, none did", seconds(now - timer.tried))
            : "no refresh was seen",
        seconds(age), to_string(seen.sighting.source));
    finding.evidence.push_back(
        evidence_of(seen.sighting, "Session-Expires", "", std::to_string(timer.interval.count())));
    findings.add(finding);
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = std::max(last_capture_loss_, now); }

 private:
  static bool is_about(Duration age, Duration expected) { return age >= expected - kEarly && age <= expected + kLate; }
  static bool both_directions_seen(const Dialog& dialog) { return dialog.whole && dialog.answer && dialog.ack; }

  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_session_expired() { return std::make_unique<CallSessionExpired>(); }

}  // namespace vialens

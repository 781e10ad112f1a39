// The session timer ended the call, because it was not refreshed.
//
// The 2xx agreed on a Session-Expires: who refreshes sends an INVITE or UPDATE at half of it. If none succeeds, the
// other end hangs up at the interval less the smaller of 32 s and a third of it, or at its end; and the refresher does
// when its request was not answered within 64*T1, or with 408 or 481 (RFC 4028 10, RFC 3261 12.2.1.2). Told of a BYE at
// one of these moments. Strong where a refresh was seen to fail; where none was seen at all the box may have swallowed
// it, and the moment is what speaks for it.
//
// A request that comes long before half of the interval, or from the end that does not refresh, is there for something
// else: a hold that is refused says nothing of the timer. And a refresher that never tried hangs up for a reason of its
// own, whatever the moment.
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
constexpr Duration kUnderWay = std::chrono::seconds(5);  // not answered so far
constexpr Duration kAtOnce = std::chrono::seconds(5);    // after a 408 or 481
constexpr double kSeenToFail = 0.94, kByTheClock = 0.8, kInLossyCapture = 0.45;

class CallSessionExpired final : public Detector {
 public:
  explicit CallSessionExpired(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (!is_request(seen, Method::bye) || seen.copy != 1 || seen.dialog == nullptr || !seen.from) return;
    const Dialog& dialog = *seen.dialog;
    const Dialog::Timer timer = timer_of(dialog);
    const Time now = seen.sighting.time;
    if (timer.interval == std::chrono::seconds(0) || !both_directions_seen(dialog)) return;
    const Duration interval = timer.interval, age = now - timer.since;
    const Duration hang_up = interval - std::min<Duration>(kGivesUp, interval / 3);
    const Party by = *seen.from;
    const Dialog::Try refresh = refresh_of(timer);
    const bool own = refresh && timer.try_of(by).time == refresh.time;
    const bool in_time = timer.refresher != by || own;  // nobody said, or it was the other one's affair, or it tried
    const bool expired = in_time && (is_about(age, hang_up) || is_about(age, interval));
    if (!expired && !(own && is_given_up(refresh, now))) return;
    if (refresh && refresh.status == 0 && now - refresh.time < kUnderWay) return;
    double confidence = refresh ? kSeenToFail : kByTheClock;
    if (last_capture_loss_ > timer.since) confidence = kInLossyCapture;
    Finding finding = finding_of(find_kind("call-session-expired"), confidence, seen.sighting, seen.call_id);
    finding.detail = fmt::format(
        "The call was to be refreshed every {} s and had not been for {:.0f} s: {}, and {} hung up.",
        timer.interval.count(), seconds(age), what_became_of(refresh, now), to_string(seen.sighting.source));
    finding.evidence.push_back(
        evidence_of(seen.sighting, "Session-Expires", "", std::to_string(timer.interval.count())));
    findings.add(finding);
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = std::max(last_capture_loss_, now); }

 private:
  // As both sides of the box know it: either may have missed a message.
  Dialog::Timer timer_of(const Dialog& dialog) const {
    Dialog::Timer timer = dialog.timer;
    const Dialog* const twin = scene_.dialogs.twin(dialog, other_side(dialog.side));
    if (twin == nullptr || twin->timer.interval == std::chrono::seconds(0)) return timer;
    timer.since = std::max(timer.since, twin->timer.since);
    for (std::size_t i = 0; i < timer.tries.size(); ++i) {
      if (twin->timer.tries[i].time > timer.tries[i].time + kUnderWay) timer.tries[i] = twin->timer.tries[i];
      if (timer.tries[i].time < timer.since) timer.tries[i] = {};
    }
    return timer;
  }

  static bool is_about(Duration age, Duration expected) { return age >= expected - kEarly && age <= expected + kLate; }
  static bool both_directions_seen(const Dialog& dialog) { return dialog.whole && dialog.answer && dialog.ack; }

  // The last refresh that was tried and did not succeed. Half of the interval is when RFC 4028 10 recommends it; much
  // earlier a request is there for something else.
  static Dialog::Try refresh_of(const Dialog::Timer& timer) {
    Dialog::Try refresh;
    for (const Party party : {Party::caller, Party::callee}) {
      const Dialog::Try& tried = timer.try_of(party);
      if ((timer.refresher && *timer.refresher != party) || tried.time - timer.since < timer.interval / 3) continue;
      if (tried.time > refresh.time) refresh = tried;
    }
    return refresh;
  }

  // Who sent it hangs up for it.
  static bool is_given_up(const Dialog::Try& refresh, Time now) {
    if (refresh.status == 408 || refresh.status == 481) return now - refresh.refused <= kAtOnce;
    return refresh.status == 0 && !refresh.provisional && is_about(now - refresh.time, kGivesUp);
  }

  static std::string what_became_of(const Dialog::Try& refresh, Time now) {
    if (!refresh) return "no refresh was seen since";
    return fmt::format("the refresh sent {:.0f} s ago {}", seconds(now - refresh.time),
                       refresh.status == 0 ? "got no answer" : fmt::format("was refused with {}", refresh.status));
  }

  const Scene& scene_;
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_call_session_expired(const Scene& scene) {
  return std::make_unique<CallSessionExpired>(scene);
}

}  // namespace vialens

// The box keeps signalling for long.
//
// What the slow path of a router does with SIP takes some ms; tenths of a second are felt, with six messages and more
// until a call is up. How long a message stays in the box is the difference of two clocks where each side was captured
// by itself. So the middle of the last times outwards is added to the middle of those inwards: what the clocks differ
// by falls out of the sum. Streams of TCP wait for their own reasons and are left out.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr std::size_t kLast = 9, kEnough = 5;  // of both ways, two of each

constexpr Duration kFelt = std::chrono::milliseconds(200), kLong = std::chrono::milliseconds(500);
constexpr double kSome = 0.7, kMuch = 0.85;

class CallSlowSetup final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (crossing.entry.transport != Transport::udp) return;
    Times& times = crossing.out() ? out_ : in_;
    times.last[times.count++ % kLast] = crossing.exit.time - crossing.entry.time;
    const bool of_call = subject_of(crossing).kind == Subject::Kind::call;
    if (!of_call || out_.count < 2 || in_.count < 2 || out_.count + in_.count < kEnough) return;
    const Duration both = out_.middle() + in_.middle();
    if (both < kFelt) return;
    const double confidence = both < kLong ? kSome : kMuch;
    const FindingKind* const kind = find_kind("call-slow-setup");
    if (findings.repeats(kind, subject_of(crossing), confidence)) return;
    Finding finding = finding_of(kind, confidence, crossing);
    finding.detail =
        fmt::format("A message and its answer take {:.2f} s on their way through the router.", seconds(both));
    finding.evidence.push_back(
        evidence_of(crossing.exit, "time in the router", "", fmt::format("{:.0f} ms", seconds(both) * 500)));
    findings.add(finding);
  }

 private:
  struct Times {
    std::array<Duration, kLast> last{};
    std::size_t count = 0;

    Duration middle() const {
      auto sorted = last;
      const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count, kLast));
      const auto at = sorted.begin() + (end - sorted.begin() - 1) / 2;  // of two the shorter: one may be an accident
      std::nth_element(sorted.begin(), at, end);
      return *at;
    }
  };

  Times out_, in_;
};

}  // namespace

std::unique_ptr<Detector> make_call_slow_setup() { return std::make_unique<CallSlowSetup>(); }

}  // namespace vialens

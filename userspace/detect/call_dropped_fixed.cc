// Several calls ended at the same unusual age.
//
// Something counts: a router that closes the pinhole, or the call itself, after so many seconds. Then no call lives
// longer than that, and those that get there all end within a second of each other. So it is told of three of the last
// twenty calls between two ends that lasted equally long, none having lasted longer since the first of them, with
// different numbers, one after the other, and all hung up by the same end. What a protocol's own timer ends (no ACK, no
// session refresh) has another name.
//
// Calls that are always as long because a machine makes them are hung up by who calls; where that is the phone's end,
// it is a hint at most.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr std::size_t kLast = 20;
constexpr int kEqual = 3, kSure = 4;
constexpr Duration kSpread = std::chrono::milliseconds(1000), kApart = std::chrono::seconds(5);
constexpr Duration kShortest = std::chrono::seconds(10);  // an announcement, a wrong number
constexpr Duration kUnacknowledged = std::chrono::seconds(9);
constexpr double kThree = 0.6, kFour = 0.75, kByPhone = 0.4;

std::string_view user_of(const std::optional<sip::NameAddr>& name) {
  return name ? name->uri.user : std::string_view();
}

class CallDroppedFixed final : public Detector {
 public:
  explicit CallDroppedFixed(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    if (!is_request(seen, Method::bye) || seen.copy != 1 || seen.dialog == nullptr) return;
    const Dialog& dialog = *seen.dialog;
    if (!dialog.whole || dialog.answered == Time{} || is_explained(dialog, seen.sighting.time)) return;
    const sip::Message& bye = *seen.sighting.message;
    const std::size_t one = hash(user_of(sip::from(bye))), two = hash(user_of(sip::to(bye)));
    const Ended call{.answered = dialog.answered,
                     .age = seen.sighting.time - dialog.answered,
                     .numbers = mix(std::min(one, two), std::max(one, two)),
                     .by = seen.sighting.source.address};
    Path& path = paths_[path_of(seen.sighting)];
    path.calls[path.next++ % kLast] = call;
    if (call.age >= kShortest) judge(seen, path, call, findings);
  }

 private:
  struct Ended {
    Time answered{};
    Duration age{};
    std::size_t numbers = 0;
    Address by{};
  };
  struct Path {
    std::array<Ended, kLast> calls{};
    std::size_t next = 0;
  };

  static std::size_t path_of(const Sighting& sighting) {
    const std::size_t a = std::hash<Address>{}(sighting.source.address);
    const std::size_t b = std::hash<Address>{}(sighting.destination.address);
    return mix(mix(std::min(a, b), std::max(a, b)), static_cast<std::size_t>(sighting.tap->side));
  }

  static bool is_explained(const Dialog& dialog, Time now) {
    return dialog.answer.repeats >= 3 && now - dialog.answer.last <= kUnacknowledged;
  }

  void judge(const Seen& seen, const Path& path, const Ended& call, Findings& findings) {
    std::array<const Ended*, kLast> alike{};
    std::size_t count = 0;
    for (const Ended& other : path.calls)
      if (other.answered != Time{} && other.by == call.by && std::chrono::abs(other.age - call.age) <= kSpread)
        alike[count++] = &other;
    std::sort(alike.begin(), alike.begin() + static_cast<std::ptrdiff_t>(count),
              [](const Ended* a, const Ended* b) { return a->answered < b->answered; });
    int in_turn = 0;
    Time last = Time::min();
    bool other_number = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (last != Time::min() && alike[i]->answered - last < kApart) continue;  // they began together
      last = alike[i]->answered;
      ++in_turn;
      other_number |= alike[i]->numbers != call.numbers;
    }
    if (in_turn < kEqual || !other_number || any_longer(path, *alike[0], call)) return;
    tell(seen, in_turn, call, findings);
  }

  // Since the first of those that are alike.
  static bool any_longer(const Path& path, const Ended& first, const Ended& call) {
    return std::any_of(path.calls.begin(), path.calls.end(), [&](const Ended& other) {
      return other.answered != Time{} && other.answered + other.age >= first.answered && other.age > call.age + kSpread;
    });
  }

  void tell(const Seen& seen, int in_turn, const Ended& call, Findings& findings) {
    const bool by_phone = scene_.clients.is_client(seen.sighting.tap->side, call.by);
    Finding finding = finding_of(find_kind("call-dropped-fixed"),
                                 by_phone           ? kByPhone
                                 : in_turn >= kSure ? kFour
                                                    : kThree,
                                 seen.sighting, seen.call_id);
    finding.subject = Subject{};
    finding.detail = fmt::format("{} of the last calls were hung up by {} after {:.0f} s, and none has lasted longer.",
                                 in_turn, to_string(call.by), seconds(call.age));
    finding.evidence.push_back(evidence_of(seen.sighting, "age", "", fmt::format("{:.1f} s", seconds(call.age))));
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Path> paths_{1024};
};

}  // namespace

std::unique_ptr<Detector> make_call_dropped_fixed(const Scene& scene) {
  return std::make_unique<CallDroppedFixed>(scene);
}

}  // namespace vialens

// A message left that never entered, with no SIP endpoint on the box.
//
// What is claimed is an answer: a request came in, and its answer went back to where it came from, in the name of the
// other end, which sent none. If the request itself was not passed on, nobody else can have written it. If it was, the
// capture of the other side may have missed the answer: then it takes several, or the other end's own answer besides,
// and is not more than strong. At the end of a capture the other side's may have ended a moment earlier: then it is
// likely.
//
// A capture of the other side that is over or has a hole, or an uplink that nobody watches, looks the same. So nothing
// is said if this side had been going on alone for a while (calls, media) when the request came. Otherwise it is proven
// if the answer came faster than the other end can be reached, whatever else was seen; and if the other side was heard
// shortly before and after, or a message crossed again where we watch the interfaces ourselves. If only packets of
// another kind were seen there before and after, the capture went on, but another line may carry the calls: then it is
// likely. An answer that was seen on the other side, too, was not made up, even if it came there too early or too late
// to be paired (two clocks, a router that holds it).
//
// A proxy or PBX on the box answers in its own name, from its own address: it has no binding of a phone, and has not
// been seen behind the box.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.96;
constexpr double kConfidenceOfAdditional = 0.8, kConfidenceOfSecond = 0.9;
constexpr double kConfidenceAtEnd = 0.6, kConfidenceByOtherPackets = 0.6;
constexpr int kAdditional = 3;
constexpr Duration kHole = std::chrono::milliseconds(1500);
constexpr Duration kClose = std::chrono::milliseconds(1500);  // a hole in a capture is rarely so short
constexpr Duration kOtherPackets = std::chrono::seconds(5);   // the same of packets that are no SIP
constexpr Duration kTransactionLives = std::chrono::seconds(64);

std::size_t transaction_of(const Sighting& sighting, Side side) {
  const sip::Message& message = *sighting.message;
  const auto via = sip::top_via(message);
  std::size_t key = mix(hash(message.call_id()), hash(message.method()));
  key = mix(key, message.cseq());
  key = mix(key, via ? hash(via->params.find("branch").value_or("")) : 0);
  return mix(key, static_cast<std::size_t>(side));
}

std::size_t transaction_of(const Sighting& sighting) { return transaction_of(sighting, sighting.tap->side); }

std::size_t answer_of(const Sighting& sighting, Side side) {
  return mix(transaction_of(sighting, side), static_cast<std::size_t>(sighting.message->status()));
}

Side other_side(const Sighting& sighting) { return sighting.tap->side == Side::wan ? Side::lan : Side::wan; }

class AlgInjected final : public Detector {
 public:
  explicit AlgInjected(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings&) override {
    const Sighting& sighting = seen.sighting;
    if (!sighting.message->is_request())
      answers_[answer_of(sighting, sighting.tap->side)] = sighting.time;
    else {
      const Side other = other_side(sighting);
      OtherSide& was = other_sides_[transaction_of(sighting)];
      was.hole |=
          scene_.last_heard(sighting.tap->side) - std::max(scene_.last_heard(other), scene_.last_packet(other)) > kHole;
      was.silent |= sighting.time - scene_.last_heard(other) > kClose;
      was.gone |= sighting.time - scene_.last_packet(other) > kOtherPackets;
    }
  }

  void on_crossing(const Crossing& crossing, Findings& findings) override {
    tell_waiting(crossing.entry.time, findings);
    const sip::Message& message = *crossing.entry.message;
    if (message.is_request()) {
      Request& request = requests_[transaction_of(crossing.entry)];
      note_first(request, crossing.entry);
      request.crossed = true;
    } else {
      note_round_trip(crossing.exit);
      Request& request = requests_[transaction_of(crossing.exit)];
      request.answered = true;
      request.tried = request.tried || message.status() == 100;
      request.finished = request.finished || message.status() >= 200;
    }
    remotes_[std::hash<Address>{}(crossing.remote().address)] = true;
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const auto finding = consider(stray, kConfidence);
    if (!finding) return;
    const Sighting& sighting = stray.sighting;
    const bool in_sight = is_live(sighting) || !before(sighting).silent;
    if (is_too_fast(sighting) || (in_sight && other_side_goes_on(sighting)))
      findings.add(*finding);
    else if (waiting_.size() < kMostWaiting && (in_sight || !before(sighting).gone))
      waiting_.push_back(
          {sighting.time, other_side(sighting), in_sight, is_live(sighting), !before(sighting).gone, *finding});
  }

  // What leaves has entered before, so the end of the window need not be waited for.
  void on_last_stray(const Stray& stray, Findings& findings) override {
    const auto finding = consider(stray, other_side_goes_on(stray.sighting) ? kConfidence : kConfidenceAtEnd);
    if (finding) findings.add(*finding);
  }

  void advance(Time, Findings& findings) override { tell_by_other_packets(findings); }
  void finish(Time, Findings& findings) override { tell_by_other_packets(findings); }

  void on_capture_loss(Time now) override {
    last_capture_loss_ = std::max(last_capture_loss_, now);
    waiting_.clear();
  }

 private:
  struct Request {
    Time time{};
    Endpoint source{}, destination{};
    bool crossed = false, answered = false;
    bool tried = false, finished = false;  // a 100, and a final answer, crossed: the other end's own
  };
  // What had been seen of it when a request came in on this one.
  struct OtherSide {
    bool hole = false;    // nothing, while this side was heard
    bool silent = false;  // no message and no stream for a while
    bool gone = false;    // no packet of any kind for longer
  };
  struct Waiting {
    Time time{};
    Side other = Side::unknown;
    bool in_sight = false, live = false, capturing = false;
    Finding finding{};
  };
  static constexpr std::size_t kMostWaiting = 256;

  // Which of its copies was answered nobody knows: the first one is the earliest that can have been.
  static void note_first(Request& request, const Sighting& sighting) {
    if (request.time == Time{} || sighting.time - request.time > kTransactionLives)
      request = {sighting.time, sighting.source, sighting.destination};
  }

  bool other_side_goes_on(const Sighting& sighting) const {
    return scene_.heard_after(other_side(sighting), sighting.time);
  }

  // Faster than half of the fastest round trip to that end that was seen from here: it cannot have been there.
  bool is_too_fast(const Sighting& answer) const {
    const Request* const request = requests_.peek(transaction_of(answer));
    const Duration* const fastest = round_trips_.peek(end_of(answer.source.address, answer.tap->side));
    return request != nullptr && fastest != nullptr && answer.time >= request->time &&
           (answer.time - request->time) * 2 < *fastest;
  }

  static std::size_t end_of(const Address& address, Side side) {
    return mix(std::hash<Address>{}(address), static_cast<std::size_t>(side));
  }

  // Of an answer that crossed, on the side where its request came in.
  void note_round_trip(const Sighting& answer) {
    const Request* const request = requests_.peek(transaction_of(answer));
    if (request == nullptr || request->time == Time{} || answer.time < request->time) return;
    const Duration trip = answer.time - request->time;
    Duration& fastest = round_trips_[end_of(answer.source.address, answer.tap->side)];
    if (fastest == Duration{} || trip < fastest) fastest = trip;
  }

  static bool is_live(const Sighting& sighting) { return sighting.tap->direction != Direction::unknown; }

  OtherSide before(const Sighting& answer) const {
    const OtherSide* const was = other_sides_.peek(transaction_of(answer));
    return was != nullptr ? *was : OtherSide{};
  }

  bool was_seen_on_the_other_side(const Sighting& answer) const {
    const Time* const seen = answers_.peek(answer_of(answer, other_side(answer)));
    return seen != nullptr && std::chrono::abs(*seen - answer.time) <= kTransactionLives;
  }

  void tell_waiting(Time now, Findings& findings) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
      if (now <= waiting.time) return false;
      // What we watch ourselves has no holes that we do not know.
      if (waiting.in_sight && (waiting.live || now - waiting.time <= kClose)) findings.add(waiting.finding);
      return true;
    });
  }

  void tell_by_other_packets(Findings& findings) {
    std::erase_if(waiting_, [&](Waiting& waiting) {
      const Time packet = scene_.last_packet(waiting.other);
      if (!waiting.capturing || packet <= waiting.time) return false;
      waiting.finding.confidence = std::min(waiting.finding.confidence, kConfidenceByOtherPackets);
      if (packet - waiting.time <= kOtherPackets) findings.add(waiting.finding);
      return true;
    });
  }

  std::optional<Finding> consider(const Stray& stray, double confidence) {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    if (sighting.transport != Transport::udp || sighting.cut) return std::nullopt;
    if (message.is_request()) {
      note_first(requests_[transaction_of(sighting)], sighting);
      return std::nullopt;
    }
    const Request* const request = requests_.peek(transaction_of(sighting));
    if (request == nullptr || request->source.address != sighting.destination.address ||
        request->destination != sighting.source || sighting.time - request->time > kTransactionLives ||
        request->time <= last_capture_loss_ || !in_anothers_name(sighting) || before(sighting).hole)
      return std::nullopt;
    const bool fast = is_too_fast(sighting);
    if (!fast && was_seen_on_the_other_side(sighting)) return std::nullopt;
    if (request->crossed && !(fast && is_second(*request, message)) &&
        ((request->answered && !fast) || !is_one_of_several(sighting)))
      return std::nullopt;
    if (request->crossed) confidence = std::min(confidence, fast ? kConfidenceOfSecond : kConfidenceOfAdditional);
    const bool on_lan = sighting.tap->side == Side::lan;
    Finding finding = finding_of(find_kind("alg-injected"), confidence, sighting, stray.call_id);
    finding.time = stray.now;
    finding.segment = "lan-wan";
    finding.direction = on_lan ? "in" : "out";
    finding.detail =
        fmt::format("{} left the router in the name of {}, which never sent it{}.", describe(message),
                    to_string(sighting.source), request->crossed ? "" : "; the request itself was not passed on");
    finding.evidence.push_back(evidence_of(sighting, "message", "", message.start_line()));
    return finding;
  }

  // The other end has given this answer itself, and gives it once.
  static bool is_second(const Request& request, const sip::Message& answer) {
    return (answer.status() == 100 && request.tried) || (answer.status() >= 200 && request.finished);
  }

  // Further answers of one end that only one side has seen: one may have been missed by the capture.
  bool is_one_of_several(const Sighting& answer) {
    Several& several = additional_[end_of(answer.source.address, answer.tap->side)];
    if (answer.time - several.since > kTransactionLives) several = {answer.time, 0};
    return ++several.count >= kAdditional;
  }

  // Inside: of somebody who is known to be outside. Outside: of a phone whose binding that end point is.
  bool in_anothers_name(const Sighting& sighting) const {
    if (sighting.tap->side == Side::lan) return remotes_.peek(std::hash<Address>{}(sighting.source.address)) != nullptr;
    return scene_.box.binding(sighting.source) != nullptr;
  }

  const Scene& scene_;
  Memory<Request> requests_{8192};
  Memory<Time> answers_{16384};  // when each was last seen, by side
  Memory<bool> remotes_{4096};
  Memory<Duration> round_trips_{4096};  // the fastest, by the end that answers and the side it is seen from
  Memory<OtherSide> other_sides_{4096};
  std::vector<Waiting> waiting_;  // for a sign that both sides were in sight
  struct Several {
    Time since{};
    int count = 0;
  };
  Memory<Several> additional_{1024};
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_alg_injected(const Scene& scene) { return std::make_unique<AlgInjected>(scene); }

}  // namespace vialens

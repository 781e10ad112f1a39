// A message entered the box, and neither it nor its retransmissions left.
//
// Silence proves something only where speech was to be expected. So this is claimed of UDP requests and responses that
// were sent at least twice, over a path that is known to work because another message of the same phone crossed it
// lately, and only if the capture missed nothing in between and nothing left that might be it. On the way in the path
// is the NAT's mapping, which ends when nothing has gone through for a while (30 s on Linux before the other side has
// answered; RFC 4787 REQ-5 asks for two minutes), and its end is the NAT's doing: there the last message must be
// younger than that.
//
// Strong is the case if the path still worked while the message was being repeated. If nothing else was sent in that
// time, the line may have been down, the phone unplugged, or the capture of the other side over: then it takes more
// copies, and it is likely at most.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr Duration kPathOutLives = std::chrono::minutes(10);
// Where messages or media go on outside meanwhile. Who refreshes a session of an hour does so after half of it (RFC
// 4028 10).
constexpr Duration kLineLives = std::chrono::minutes(35);
constexpr Duration kMappingLives = std::chrono::seconds(25);
constexpr Duration kTransactionLives = std::chrono::seconds(64);  // RFC 3261 17: 64*T1, and the ACKs and answers behind
constexpr int kCopies = 2;
constexpr int kCopiesInSilence = 5;  // 7.5 s of both ladders of RFC 3261 17.1
constexpr double kConfidence = 0.9;  // a full queue or a rate limit may swallow two copies of one message, too
constexpr double kConfidenceInSilence = 0.6;

// One that messages were seen to take.
struct Path {
  Time since{};                  // without a break that is long enough for it to end
  std::array<Time, 4> recent{};  // crossings, the last one first

  void note(Time now, Duration lives) {
    if (now - recent[0] > lives) since = now;
    std::rotate(recent.begin(), recent.end() - 1, recent.end());
    recent[0] = now;
  }
  bool lasted(Time from, Time to, Duration lives) const { return since < from && to - recent[0] <= lives; }
  bool worked_between(Time from, Time to) const {
    return std::any_of(recent.begin(), recent.end(), [&](Time time) { return time > from && time < to; });
  }
};

class AlgDropped final : public Detector {
 public:
  explicit AlgDropped(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings&) override {
    const bool out = crossing.direction == Direction::out;
    const Sighting& inside = out ? crossing.entry : crossing.exit;
    const Sighting& outside = out ? crossing.exit : crossing.entry;
    if (outside.transport != Transport::udp) return;
    paths_[path_of(inside, out)].note(outside.time, kPathOutLives);
    paths_[path_of(outside, out)].note(outside.time, kMappingLives);
    transactions_[key_of(crossing.entry)] = {.last = crossing.entry.time, .crossed = true};
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    const Side side = sighting.tap->side;
    if (sighting.transport != Transport::udp || (side != Side::lan && side != Side::wan)) return;
    // What the capture cut off may be what its partner would have been known by.
    if (sighting.cut) on_capture_loss(stray.now);
    // Seen leaving, at least as far as anybody can tell.
    for (const bool out : {false, true})
      if (may_go(sighting, out) && (side == Side::wan) == out) left_[kind_of(sighting, out)] = sighting.time;
    const bool out = side == Side::lan;
    if (!sighting.cut && may_go(sighting, out)) consider(stray, out, findings);
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = std::max(last_capture_loss_, now); }

 private:
  struct Transaction {
    Time first{}, last{};
    int copies = 0;
    bool crossed = false;
  };

  static bool may_go(const Sighting& sighting, bool out) {
    const Direction needed = (sighting.tap->side == Side::lan) == out ? Direction::in : Direction::out;
    return sighting.tap->direction == Direction::unknown || sighting.tap->direction == needed;
  }

  // The end point of the provider's side, and the other one, of a message that goes out or in.
  static const Endpoint& remote_of(const Sighting& sighting, bool out) {
    return out ? sighting.destination : sighting.source;
  }
  static const Endpoint& local_of(const Sighting& sighting, bool out) {
    return out ? sighting.source : sighting.destination;
  }

  // Inside, a path is of one phone, whatever port it sends from; outside it is one mapping.
  static std::size_t path_of(const Sighting& sighting, bool out) {
    const Endpoint& local = local_of(sighting, out);
    const bool inside = sighting.tap->side == Side::lan;
    const std::size_t near = inside ? std::hash<Address>{}(local.address) : std::hash<Endpoint>{}(local);
    return mix(mix(near, std::hash<Endpoint>{}(remote_of(sighting, out))), inside ? 1 : 2);
  }

  // What a message still is when everything in it was changed.
  static std::size_t kind_of(const Sighting& sighting, bool out) {
    const sip::Message& message = *sighting.message;
    std::size_t kind = mix(hash(message.method()), static_cast<std::size_t>(message.status()));
    kind = mix(kind, message.cseq());
    return mix(mix(kind, std::hash<Endpoint>{}(remote_of(sighting, out))), out ? 1 : 2);
  }

  // Which message this is a copy of: RFC 3261 17.2.3, with side and Call-ID.
  static std::size_t key_of(const Sighting& sighting) {
    const sip::Message& message = *sighting.message;
    const auto via = sip::top_via(message);
    std::size_t key = mix(hash(message.call_id()), hash(message.method()));
    key = mix(key, (static_cast<std::size_t>(message.cseq()) << 16U) + static_cast<std::size_t>(message.status()));
    key = mix(key, via ? hash(via->params.find("branch").value_or("")) : 0);
    return mix(key, static_cast<std::size_t>(sighting.tap->side));
  }

  void consider(const Stray& stray, bool out, Findings& findings) {
    const Sighting& sighting = stray.sighting;
    Transaction& transaction = transactions_[key_of(sighting)];
    if (sighting.time - transaction.last > kTransactionLives) transaction = {.first = sighting.time};
    transaction.last = sighting.time;
    ++transaction.copies;
    if (transaction.crossed || transaction.copies < kCopies || transaction.first <= last_capture_loss_) return;
    const Path* const path = paths_.find(path_of(sighting, out));
    const bool goes_on = scene_.last_heard(Side::wan) > transaction.first;
    const Duration lives = !out ? kMappingLives : goes_on ? kLineLives : kPathOutLives;
    if (path == nullptr || !path->lasted(transaction.first, sighting.time, lives)) return;
    const Time* const left = left_.find(kind_of(sighting, out));
    if (left != nullptr && *left >= transaction.first) return;
    const bool worked_meanwhile = path->worked_between(transaction.first, sighting.time);
    if (worked_meanwhile || transaction.copies >= kCopiesInSilence)
      findings.add(describe_drop(stray, transaction, worked_meanwhile));
  }

  static Finding describe_drop(const Stray& stray, const Transaction& transaction, bool worked_meanwhile) {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    const bool out = sighting.tap->side == Side::lan;
    Finding finding;
    finding.kind = find_kind("alg-dropped");
    finding.confidence = worked_meanwhile ? kConfidence : kConfidenceInSilence;
    finding.time = stray.now;
    finding.subject = subject_of(message, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = out ? "out" : "in";
    finding.detail = fmt::format(
        "{} (CSeq {}) was sent {} times from {} to {}, entered the router on its {} side and never left on its {} "
        "side, {}.",
        describe(message), message.cseq(), transaction.copies, to_string(sighting.source),
        to_string(sighting.destination), sighting.tap->name, out ? "wan" : "lan",
        worked_meanwhile ? "while other messages of this path got through"
                         : "though other messages of this path got through before; nothing has since");
    finding.evidence.push_back(
        {sighting.tap->name, describe(message), message.cseq(), "", std::string(message.start_line()), ""});
    return finding;
  }

  const Scene& scene_;
  Memory<Transaction> transactions_;
  Memory<Path> paths_;  // inside and outside of the box
  Memory<Time> left_;   // when something left that nobody saw enter, by what kind of message it is
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_alg_dropped(const Scene& scene) { return std::make_unique<AlgDropped>(scene); }

}  // namespace vialens

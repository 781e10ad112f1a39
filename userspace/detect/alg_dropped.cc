// A message entered the box, and neither it nor its retransmissions left.
//
// Silence proves something only where speech was to be expected. So this is claimed of UDP requests and responses that
// were sent at least twice, over a path that is known to work because another message crossed it lately, and only if the
// capture missed nothing in between. On the way in the path is the NAT's mapping, which ends when nothing has gone through
// for a while (30 s on Linux before the other side has answered; RFC 4787 REQ-5 asks for two minutes), and its end is the
// NAT's doing: there the last message must be younger than that.
#include <fmt/format.h>

#include <unordered_map>

#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr Duration kPathOutLives = std::chrono::minutes(10);
constexpr Duration kMappingLives = std::chrono::seconds(25);
constexpr Duration kTransactionLives = std::chrono::seconds(64);  // RFC 3261 17: 64*T1, and the ACKs and answers behind
constexpr int kCopies = 2;
constexpr double kConfidence = 0.9;  // a full queue or a rate limit may swallow two copies of one message, too
constexpr std::size_t kMost = 16384;

class AlgDropped final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings&) override {
    const Sighting& outside = crossing.direction == Direction::out ? crossing.exit : crossing.entry;
    if (outside.transport != Transport::udp) return;
    const bool out = crossing.direction == Direction::out;
    const Endpoint& remote = out ? outside.destination : outside.source;
    bound(remotes_)[remote] = outside.time;
    bound(mappings_)[mapping(out ? outside.source : outside.destination, remote)] = outside.time;
    if (const auto found = transactions_.find(key_of(crossing.entry)); found != transactions_.end())
      found->second.crossed = true;
  }

  void on_stray(const Stray& stray, Findings& findings) override {
    const Sighting& sighting = stray.sighting;
    const Side side = sighting.tap->side;
    if (sighting.transport != Transport::udp || sighting.tap->direction == Direction::out || sighting.cut ||
        (side != Side::lan && side != Side::wan))
      return;
    Transaction& transaction = bound(transactions_)[key_of(sighting)];
    if (sighting.time - transaction.last > kTransactionLives) transaction = {.first = sighting.time};
    transaction.last = sighting.time;
    ++transaction.copies;
    if (transaction.crossed || transaction.told || transaction.copies < kCopies ||
        transaction.first <= last_capture_loss_ || !path_works(sighting, transaction))
      return;
    transaction.told = true;
    findings.add(describe_drop(stray, transaction));
  }

  void on_capture_loss(Time now) override { last_capture_loss_ = now; }

 private:
  struct Transaction {
    Time first{}, last{};
    int copies = 0;
    bool crossed = false, told = false;
  };

  template <class Map>
  static Map& bound(Map& map) {
    if (map.size() >= kMost) map.clear();  // forgets: misses a finding, never invents one
    return map;
  }

  static std::size_t mix(std::size_t a, std::size_t b) { return (a ^ b) * 0x9e3779b97f4a7c15ULL; }

  static std::size_t mapping(const Endpoint& box, const Endpoint& remote) {
    return mix(std::hash<Endpoint>{}(box), std::hash<Endpoint>{}(remote));
  }

  // Which message this is a copy of: RFC 3261 17.2.3, with side and Call-ID.
  static std::size_t key_of(const Sighting& sighting) {
    const auto hash = std::hash<std::string_view>{};
    const sip::Message& message = *sighting.message;
    const auto via = sip::top_via(message);
    std::size_t key = mix(hash(message.call_id()), hash(message.method()));
    key = mix(key, (static_cast<std::size_t>(message.cseq()) << 16U) + static_cast<std::size_t>(message.status()));
    key = mix(key, via ? hash(via->params.find("branch").value_or("")) : 0);
    return mix(key, static_cast<std::size_t>(sighting.tap->side));
  }

  bool path_works(const Sighting& sighting, const Transaction& transaction) const {
    if (sighting.tap->side == Side::lan) {
      const auto found = remotes_.find(sighting.destination);
      return found != remotes_.end() && transaction.first - found->second < kPathOutLives;
    }
    const auto found = mappings_.find(mapping(sighting.destination, sighting.source));
    return found != mappings_.end() && sighting.time - found->second < kMappingLives;
  }

  static Finding describe_drop(const Stray& stray, const Transaction& transaction) {
    const Sighting& sighting = stray.sighting;
    const sip::Message& message = *sighting.message;
    const bool out = sighting.tap->side == Side::lan;
    const std::string_view other = out ? "wan" : "lan";
    Finding finding;
    finding.kind = find_kind("alg-dropped");
    finding.confidence = kConfidence;
    finding.time = stray.now;
    finding.subject = subject_of(message, stray.call_id);
    finding.segment = "lan-wan";
    finding.direction = out ? "out" : "in";
    finding.detail = fmt::format(
        "{} (CSeq {}) was sent {} times from {} to {}, entered the router on its {} side and never left on its {} side, "
        "while other messages of this path got through.",
        describe(message), message.cseq(), transaction.copies, to_string(sighting.source), to_string(sighting.destination),
        sighting.tap->name, other);
    finding.evidence.push_back({sighting.tap->name, describe(message), message.cseq(), "",
                                std::string(message.start_line()), ""});
    return finding;
  }

  std::unordered_map<std::size_t, Transaction> transactions_;
  std::unordered_map<Endpoint, Time> remotes_;      // outside end points -> last crossing
  std::unordered_map<std::size_t, Time> mappings_;  // box and remote end point -> last crossing
  Time last_capture_loss_ = Time::min();
};

}  // namespace

std::unique_ptr<Detector> make_alg_dropped() { return std::make_unique<AlgDropped>(); }

}  // namespace vialens

// Two calls that are up announce the same address and port outside: what comes for one of them goes to the other.
//
// The announcements have to be of different phones: with both sides in sight that have different end points inside,
// with one side in sight that signal from different ports of one address. One phone with two calls may use one port
// for both, because it hears only one of them at a time; a B2BUA passes on what was announced to it from an address of
// its own; and with ICE one port may serve any number of calls (RFC 8445).
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "userspace/core/limits.h"
#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/media_diagnosis.h"

namespace vialens {
namespace {

constexpr double kProof = 0.97, kConfidence = 0.85, kHint = 0.4;
constexpr Duration kBothUp = std::chrono::seconds(2);    // a call that another one replaces is over before
constexpr Duration kGivesUp = std::chrono::seconds(20);  // the other one may never be answered
constexpr Duration kSigns = std::chrono::seconds(10);    // of life
constexpr std::size_t kMostPending = 1024;

class MediaPortCollision final : public Detector {
 public:
  explicit MediaPortCollision(const Scene& scene) : scene_(scene) {}

  void on_session(const Session& session, Findings&) override {
    if (session.tap->side == Side::lan) return;
    const CallMedium* const call = scene_.calls.find(session.call_id);
    if (call == nullptr || call->ice) return;
    for (const Party party : {Party::caller, Party::callee}) {
      const Description& said = call->of(Place::outside).said[index(party)];
      if (!said.active || said.where.address.is_unspecified()) continue;
      Holder& holder = holders_[std::hash<Endpoint>{}(said.where)];
      const Holder anew{hash(call->call_id), party};
      if (holder.call != 0 && holder.call != anew.call && pending_.size() < kMostPending)
        pending_.push_back({holder, anew, session.time});
      holder = anew;
    }
  }

  void on_call_gone(const CallMedium& call) override {
    for (const Description& said : call.of(Place::outside).said) {
      const std::size_t end = std::hash<Endpoint>{}(said.where);
      if (const Holder* const holder = holders_.peek(end); holder != nullptr && holder->call == hash(call.call_id))
        holders_.erase(end);
    }
  }

  void advance(Time now, Findings& findings) override {
    std::erase_if(pending_, [&](const Pending& pending) {
      if (now - pending.time < kBothUp) return false;
      return look_at(pending, now, findings) || now - pending.time > kGivesUp;
    });
  }
  void finish(Time now, Findings& findings) override {
    for (const Pending& pending : pending_)
      if (now - pending.time >= kBothUp) look_at(pending, now, findings);
  }

 private:
  struct Holder {
    std::size_t call = 0;  // a hash of its Call-ID
    Party party = Party::caller;
  };
  struct Pending {
    Holder a, b;
    Time time{};
  };

  // Whether it is decided.
  bool look_at(const Pending& pending, Time now, Findings& findings) const {
    const CallMedium* const a = scene_.calls.find(pending.a.call);
    const CallMedium* const b = scene_.calls.find(pending.b.call);
    if (a == nullptr || b == nullptr || a->ended != Time{} || b->ended != Time{}) return true;
    if (!a->live() || !b->live() || a->held || b->held || !shows_life(*a, now)) return false;
    const PlaceOfCall& at_a = a->of(Place::outside);
    const PlaceOfCall& at_b = b->of(Place::outside);
    const std::size_t i = index(pending.a.party);
    const std::size_t j = index(pending.b.party);
    if (at_a.said[i].where != at_b.said[j].where) return true;  // changed since
    if (at_a.signalling[i].address != at_b.signalling[j].address) return true;
    const bool inside = a->is_inside[i] && b->is_inside[j] && a->both() && b->both();
    const Endpoint& in_a = a->of(Place::inside).said[i].where;
    const Endpoint& in_b = b->of(Place::inside).said[j].where;
    if (inside && in_a == in_b) return true;  // one phone's own choice
    const double confidence = inside ? kProof : at_a.signalling[i] != at_b.signalling[j] ? kConfidence : kHint;
    const std::string where = to_string(at_a.said[i].where);
    const std::string what =
        inside ? fmt::format("{} and {} are both announced outside as {}", to_string(in_a), to_string(in_b), where)
               : fmt::format("{} and {} both announce {}", to_string(at_a.signalling[i]), to_string(at_b.signalling[j]),
                             where);
    for (const CallMedium* const call : {a, b})
      tell(*call, call == a ? *b : *a, confidence, what, where, now, findings);
    return true;
  }

  static bool shows_life(const CallMedium& call, Time now) {
    Time last = std::max(call.agreed, call.answered);
    for (const PlaceOfCall& place : call.at)
      for (const Way& way : place.to) last = std::max(last, way.last);
    return now - last <= kSigns;
  }

  static void tell(const CallMedium& call, const CallMedium& other, double confidence, const std::string& what,
                   const std::string& where, Time now, Findings& findings) {
    const FindingKind* const kind = find_kind("media-port-collision");
    const Subject subject = subject_of_call(call.call_id);
    if (findings.repeats(kind, subject, confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = now;
    finding.subject = subject;
    if (call.both()) finding.segment = "lan-wan";
    finding.detail = fmt::format("Two calls at the same time: {}. The other call is {}.", what, other.call_id);
    finding.evidence.push_back({call.of(Place::outside).tap->name, "SDP", 0, "media address of both calls", "", where});
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Holder> holders_{4 * kMostCalls};  // by end point
  std::vector<Pending> pending_;
};

}  // namespace

std::unique_ptr<Detector> make_media_port_collision(const Scene& scene) {
  return std::make_unique<MediaPortCollision>(scene);
}

}  // namespace vialens

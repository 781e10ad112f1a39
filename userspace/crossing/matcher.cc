#include "userspace/crossing/matcher.h"

#include <functional>
#include <utility>

#include "userspace/crossing/digest.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

std::uint64_t hash(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  a = (a ^ b) * 0xff51afd7ed558ccdULL;
  return a ^ (a >> 32U);
}

// 0 for an empty text.
std::uint64_t hash_or_none(std::string_view text) noexcept { return text.empty() ? 0 : hash(text) | 1U; }

std::uint64_t tag(const std::optional<sip::NameAddr>& name) noexcept {
  return name ? hash_or_none(name->params.find("tag").value_or("")) : 0;
}

// Only with the cookie is it unique (RFC 3261 8.1.1.7).
std::uint64_t branch_of(const sip::Message& message) noexcept {
  constexpr std::string_view kCookie = "z9hG4bK";
  const auto via = sip::top_via(message);
  const std::string_view branch = via ? via->params.find("branch").value_or("") : "";
  const bool unique =
      branch.size() > kCookie.size() && sip::equal_ignoring_case(branch.substr(0, kCookie.size()), kCookie);
  return unique ? hash_or_none(branch) : 0;
}

// What no known router changes, so that partners meet in one place.
std::uint64_t transaction_of(const Sighting& sighting) noexcept {
  const sip::Message& message = *sighting.message;
  std::uint64_t key = hash(message.method());
  key = mix(key, static_cast<std::uint64_t>(message.status()));
  key = mix(key, message.cseq());
  return mix(key, static_cast<std::uint64_t>(sighting.transport));
}

bool opposite(Side a, Side b) noexcept {
  return (a == Side::lan && b == Side::wan) || (a == Side::wan && b == Side::lan);
}

bool one_in_one_out(Direction a, Direction b) noexcept {
  return a == Direction::unknown || b == Direction::unknown || a != b;
}

// Two sightings can only be one message if one end is the same at both taps: the one outside.
bool share_an_end(const Matcher::Waiting& a, const Matcher::Waiting& b) noexcept {
  return a.destination == b.destination || a.source == b.source;
}

bool contradict(std::uint64_t a, std::uint64_t b) noexcept { return a != 0 && b != 0 && a != b; }

// The NAT shows which way it goes: out if both go to the same end, in if both come from it.
bool left_first(const Matcher::Waiting& a, const Matcher::Waiting& b) noexcept {
  // Of time stamps within one box; none is granted if the IP header says, too, that they are two packets.
  const Duration jitter = contradict(a.ip_id, b.ip_id) ? Duration{} : std::chrono::milliseconds(1);
  const bool out = a.destination == b.destination;
  if (out == (a.source == b.source)) return false;
  const Matcher::Waiting& lan = a.tap->side == Side::lan ? a : b;
  const Matcher::Waiting& wan = a.tap->side == Side::lan ? b : a;
  return out ? lan.time - wan.time > jitter : wan.time - lan.time > jitter;
}

int agree(std::uint64_t a, std::uint64_t b, int worth) noexcept { return a != 0 && a == b ? worth : 0; }

// What agreement is worth. Enough is a Call-ID, or two of the others.
constexpr int kCallId = 4, kBranch = 3, kFromTag = 2, kToTag = 1, kIpId = 2, kText = 4;
constexpr int kEnough = 4;
constexpr int kMostCandidates = 32;  // of one chain; only a flood of copies makes it longer

}  // namespace

Direction direction_of(const Sighting& a, const Sighting& b) noexcept {
  const bool a_is_lan = a.tap->side == Side::lan;
  const Direction known = a_is_lan ? a.tap->direction : b.tap->direction;
  if (known != Direction::unknown) return known == Direction::in ? Direction::out : Direction::in;
  const bool same_destination = a.destination == b.destination;
  const bool same_source = a.source == b.source;
  if (same_destination != same_source) return same_destination ? Direction::out : Direction::in;
  // Routed without NAT: what was seen first tells. On equal times the private end is the inner one.
  if (a.time != b.time) return (a.time < b.time) == a_is_lan ? Direction::out : Direction::in;
  return a.source.address.is_private() || !a.destination.address.is_private() ? Direction::out : Direction::in;
}

bool Matcher::same_digest(Waiting& a, Waiting& b) {
  for (Waiting* waiting : {&a, &b})
    if (!waiting->digest) waiting->digest = masked_digest(waiting->bytes);
  return *a.digest == *b.digest;
}

// Nothing if they are two messages.
std::optional<int> Matcher::score(Waiting& candidate, Waiting& of, bool late) const noexcept {
  if (!opposite(candidate.tap->side, of.tap->side) || !one_in_one_out(candidate.tap->direction, of.tap->direction) ||
      !share_an_end(candidate, of) || contradict(candidate.from_tag, of.from_tag) ||
      contradict(candidate.to_tag, of.to_tag))
    return std::nullopt;
  // What left before it entered is another one (an answer that the router made up), unless the clocks differ: then the
  // text is the same, or nothing better comes.
  if (!late && left_first(candidate, of) && !same_digest(candidate, of)) return std::nullopt;
  // Two packets by the IP header and two texts: an answer that the router made up, and the phone's own behind it. A
  // router that sends what it changed as a packet of its own is seen once nothing better has come.
  if (!late && contradict(candidate.ip_id, of.ip_id) && !same_digest(candidate, of)) return std::nullopt;
  const int ip_id = agree(candidate.ip_id, of.ip_id, kIpId);
  const int worth = agree(candidate.call_id, of.call_id, kCallId) + agree(candidate.branch, of.branch, kBranch) +
                    agree(candidate.from_tag, of.from_tag, kFromTag) + agree(candidate.to_tag, of.to_tag, kToTag) +
                    ip_id;
  if (candidate.call_id == of.call_id)
    return contradict(candidate.branch, of.branch) && ip_id == 0 && !late ? std::nullopt : std::optional(worth);
  // A tag is unique (RFC 3261 19.3): with method, CSeq and the outside end it is enough if nothing better came.
  if (late && worth < kEnough && agree(candidate.from_tag, of.from_tag, kFromTag) != 0) return kEnough;
  // The text itself is asked last: it is long.
  return same_digest(candidate, of) ? worth + kText : worth;
}

void Matcher::look_along(Index index, Waiting& of, bool late, Best& best) {
  if (of.keys[index] == 0) return;
  const auto found = chains_[index].find(of.keys[index]);
  if (found == chains_[index].end()) return;
  // Whoever is to be paired late must have had time to find a better partner, too.
  const Duration window = late ? limits_.window / 2 : limits_.window;
  const int all = agree(of.call_id, of.call_id, kCallId) + agree(of.branch, of.branch, kBranch) +
                  agree(of.from_tag, of.from_tag, kFromTag) + agree(of.to_tag, of.to_tag, kToTag) +
                  agree(of.ip_id, of.ip_id, kIpId);
  Slot slot = found->second.newest;
  for (int i = 0; i < kMostCandidates && slot != kNone; ++i) {
    Waiting& candidate = slots_[slot];
    const std::optional<int> worth = score(candidate, of, late);
    const Duration distance = std::chrono::abs(candidate.time - of.time);
    const bool better =
        worth && *worth >= kEnough && distance <= window &&
        (best.slot == kNone || *worth > best.score || (*worth == best.score && distance < best.distance));
    if (better) best = {slot, *worth, distance};
    if (best.score == all) return;  // those behind it are farther away
    slot = candidate.links[index].older;
  }
}

Matcher::Slot Matcher::find_partner(Waiting& of, bool late) {
  Best best;
  for (const Index index : {by_call_id, by_branch, by_tag}) {
    look_along(index, of, late, best);
    if (best.slot != kNone) break;
  }
  return best.slot;
}

void Matcher::fill_current(const Sighting& sighting) {
  const sip::Message& message = *sighting.message;
  Waiting& current = current_;
  static_cast<Sighting&>(current) = sighting;
  current.message = nullptr;
  current.bytes.assign(message.bytes());
  current.call_id = hash_or_none(message.call_id());
  current.branch = branch_of(message);
  current.from_tag = tag(sip::from(message));
  current.to_tag = tag(sip::to(message));
  current.digest.reset();
  const std::uint64_t transaction = transaction_of(sighting);
  const auto key = [&](std::uint64_t value) { return value == 0 ? 0 : mix(transaction, value) | 1U; };
  current.keys = {key(current.call_id), key(current.branch), key(current.from_tag)};
}

const Matcher::Waiting* Matcher::observe(const Sighting& sighting) {
  advance(sighting.time);
  fill_current(sighting);
  const Slot partner = find_partner(current_, false);
  if (partner == kNone) {
    keep();
    return nullptr;
  }
  take(partner);
  return &partner_;
}

void Matcher::take(Slot slot) {
  release(slot);
  std::swap(partner_, slots_[slot]);
}

void Matcher::release(Slot slot) {
  for (std::uint8_t index = 0; index < kChains; ++index) unlink(index, slot);
  free_.push_back(slot);
  --waiting_;
}

void Matcher::keep() {
  if (waiting_ >= limits_.waiting && waiting_ != 0) {
    ++evicted_;
    give_up_oldest(false);
  }
  Slot slot = static_cast<Slot>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  std::swap(slots_[slot], current_);
  for (std::uint8_t index = 0; index < kChains; ++index) link(index, slot);
  ++waiting_;
}

Matcher::Chain& Matcher::chain(std::uint8_t index, const Waiting& waiting) {
  return index == by_arrival ? arrival_ : chains_[index][waiting.keys[index]];
}

void Matcher::link(std::uint8_t index, Slot slot) {
  Waiting& waiting = slots_[slot];
  waiting.links[index] = {};
  if (index != by_arrival && waiting.keys[index] == 0) return;
  Chain& in = chain(index, waiting);
  waiting.links[index].older = in.newest;
  (in.newest == kNone ? in.oldest : slots_[in.newest].links[index].newer) = slot;
  in.newest = slot;
}

void Matcher::unlink(std::uint8_t index, Slot slot) {
  const Waiting& waiting = slots_[slot];
  if (index != by_arrival && waiting.keys[index] == 0) return;
  Chain& in = chain(index, waiting);
  const auto [older, newer] = waiting.links[index];
  (older == kNone ? in.oldest : slots_[older].links[index].newer) = newer;
  (newer == kNone ? in.newest : slots_[newer].links[index].older) = older;
  if (index != by_arrival && in.oldest == kNone) chains_[index].erase(waiting.keys[index]);
}

void Matcher::give_up_oldest(bool late) {
  const Slot oldest = arrival_.oldest;
  release(oldest);
  std::swap(given_up_, slots_[oldest]);
  if (const Slot partner = late ? find_partner(given_up_, true) : kNone; partner != kNone) {
    take(partner);
    sink_.paired_late(given_up_, partner_);
  } else {
    sink_.unmatched(given_up_);
  }
}

void Matcher::advance(Time now) {
  while (arrival_.oldest != kNone && now - slots_[arrival_.oldest].time > limits_.window) give_up_oldest(true);
}

void Matcher::finish() {
  while (arrival_.oldest != kNone) give_up_oldest(true);
}

}  // namespace vialens

#include "userspace/crossing/matcher.h"

#include <algorithm>
#include <functional>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

std::uint64_t hash(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  a = (a ^ b) * 0xff51afd7ed558ccdULL;
  return a ^ (a >> 32U);
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Length of the IPv4 literal at the front, with ":port" if there is one; 0 if there is none.
std::size_t literal_length(std::string_view text) noexcept {
  std::size_t i = 0;
  int dots = 0;
  while (i < text.size() && i < 15 && (is_digit(text[i]) || (text[i] == '.' && dots < 3))) dots += text[i++] == '.';
  if (dots != 3 || text[i - 1] == '.') return 0;
  if (i + 1 < text.size() && text[i] == ':' && is_digit(text[i + 1])) {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  return i;
}

// Lines whose numbers a router has reason to change: media ports and the body's length.
bool has_numbers_to_mask(std::string_view line) noexcept {
  return line.starts_with("m=") || line.starts_with("l:") || line.starts_with("Content-Length") ||
         line.starts_with("CONTENT-LENGTH") || line.starts_with("content-length");
}

// The same for two versions of a message that differ in IPv4 literals, their ports, media ports and lengths only.
std::uint64_t masked_digest(std::string_view bytes) noexcept {
  std::uint64_t sum = 0;
  bool masking = false;
  char before = '\n';
  for (std::size_t i = 0; i < bytes.size(); before = bytes[i++]) {
    if (before == '\n') masking = has_numbers_to_mask(bytes.substr(i));
    if (is_digit(bytes[i]) && !is_digit(before) && before != '.') {
      const std::size_t length = literal_length(bytes.substr(i));
      if (length > 0) i += length - 1;
      if (length > 0 || masking) continue;
    }
    if (masking && is_digit(bytes[i])) continue;
    sum = mix(sum, static_cast<unsigned char>(bytes[i]));
  }
  return sum;
}

std::uint64_t tag(const std::optional<sip::NameAddr>& name) noexcept {
  if (!name) return 0;
  const auto value = name->params.find("tag");
  return value ? hash(*value) : 0;
}

// What no known router changes, so that partners meet in one place.
std::uint64_t key_of(const Sighting& sighting) noexcept {
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

constexpr int kEnough = 4;

}  // namespace

Direction direction_of(const Matcher::Waiting& partner, const Sighting& sighting) noexcept {
  const bool partner_is_lan = partner.tap->side == Side::lan;
  const Direction known = partner_is_lan ? partner.tap->direction : sighting.tap->direction;
  if (known != Direction::unknown) return known == Direction::in ? Direction::out : Direction::in;
  const bool same_destination = partner.destination == sighting.destination;
  const bool same_source = partner.source == sighting.source;
  if (same_destination != same_source) return same_destination ? Direction::out : Direction::in;
  // Routed without NAT: what was seen first tells. On equal times the private end is the inner one.
  if (partner.time != sighting.time)
    return (partner.time < sighting.time) == partner_is_lan ? Direction::out : Direction::in;
  return sighting.source.address.is_private() || !sighting.destination.address.is_private() ? Direction::out
                                                                                            : Direction::in;
}

int Matcher::score(const Waiting& candidate, const Waiting& sighting) const noexcept {
  const auto same = [](std::uint64_t a, std::uint64_t b, int worth) { return a != 0 && a == b ? worth : 0; };
  const int worth = same(candidate.call_id, sighting.call_id, 3) + same(candidate.branch, sighting.branch, 3) +
                    same(candidate.from_tag, sighting.from_tag, 2) + same(candidate.to_tag, sighting.to_tag, 1) +
                    same(candidate.ip_id, sighting.ip_id, 2);
  // The text itself is asked last: it is long.
  if (candidate.call_id == sighting.call_id || masked_digest(candidate.bytes) != masked_digest(sighting.bytes))
    return worth;
  return worth + 4;
}

const Matcher::Waiting* Matcher::observe(const Sighting& sighting) {
  advance(sighting.time);
  const sip::Message& message = *sighting.message;
  Waiting& current = current_;
  current.tap = sighting.tap;
  current.time = sighting.time;
  current.transport = sighting.transport;
  current.source = sighting.source;
  current.destination = sighting.destination;
  current.ip_id = sighting.ip_id;
  current.cut = sighting.cut;
  current.bytes.assign(message.bytes());
  current.key = key_of(sighting);
  current.call_id = hash(message.call_id());
  const auto via = sip::top_via(message);
  current.branch = via ? hash(via->params.find("branch").value_or("")) : 0;
  current.from_tag = tag(sip::from(message));
  current.to_tag = tag(sip::to(message));
  current.taken = false;

  Waiting* best = nullptr;
  int best_score = kEnough - 1;
  Duration best_distance{};
  if (const auto found = by_key_.find(current.key); found != by_key_.end()) {
    for (const std::uint64_t number : found->second) {
      Waiting& candidate = waiting_[number - first_];
      if (candidate.taken || !opposite(candidate.tap->side, current.tap->side) ||
          !one_in_one_out(candidate.tap->direction, current.tap->direction) || !share_an_end(candidate, current))
        continue;
      const int worth = score(candidate, current);
      const Duration distance = std::chrono::abs(candidate.time - current.time);
      if (distance > limits_.window || worth < best_score || (worth == best_score && best && distance >= best_distance))
        continue;
      if (worth == best_score && !best) continue;  // kEnough - 1 is not enough
      best = &candidate, best_score = worth, best_distance = distance;
    }
  }
  if (best == nullptr) {
    keep();
    return nullptr;
  }
  take(*best);
  return &partner_;
}

void Matcher::take(Waiting& best) {
  forget(best.key, best.number);
  std::swap(partner_, best);
  best.taken = true;
  ++taken_;
}

void Matcher::forget(std::uint64_t key, std::uint64_t number) {
  const auto found = by_key_.find(key);
  std::erase(found->second, number);
  if (found->second.empty()) by_key_.erase(found);
}

void Matcher::keep() {
  if (waiting_.size() >= limits_.waiting) give_up_oldest();
  current_.number = first_ + waiting_.size();
  by_key_[current_.key].push_back(current_.number);
  waiting_.push_back(current_);
}

void Matcher::give_up_oldest() {
  const Waiting oldest = std::move(waiting_.front());
  waiting_.pop_front();
  ++first_;
  if (oldest.taken) {
    --taken_;
    return;
  }
  forget(oldest.key, oldest.number);
  unmatched_(oldest);
}

void Matcher::advance(Time now) {
  while (!waiting_.empty() && (waiting_.front().taken || now - waiting_.front().time > limits_.window))
    give_up_oldest();
}

void Matcher::finish() {
  while (!waiting_.empty()) give_up_oldest();
}

}  // namespace vialens

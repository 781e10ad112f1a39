#include "userspace/crossing/services.h"

#include <fmt/format.h>

#include <array>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr Duration kOneMessage = std::chrono::seconds(2);
constexpr Duration kOneCall = std::chrono::seconds(5);  // a PBX may look things up before it calls on

std::size_t branch_at(const sip::Message& message, int depth) noexcept {
  sip::Values values(message, sip::HeaderName::via);
  std::optional<std::string_view> value = values.next();
  for (int i = 0; i < depth && value; ++i) value = values.next();
  const auto via = value ? sip::parse_via(*value) : std::nullopt;
  const auto branch = via ? via->params.find("branch") : std::nullopt;
  return branch && !branch->empty() ? hash(*branch) | 1U : 0;
}

std::size_t transaction_of(const sip::Message& message) noexcept {
  const auto from = sip::from(message);
  std::size_t key = mix(hash(message.call_id()), hash(message.method()));
  key = mix(key, (static_cast<std::size_t>(message.cseq()) << 16U) + static_cast<std::size_t>(message.status()));
  return mix(key, from ? hash(from->params.find("tag").value_or("")) : 0);
}

// The same caller or the same number, whichever of the two the service leaves as it was.
std::size_t caller_of(const sip::Message& message) noexcept {
  const auto from = sip::from(message);
  return from && !from->uri.user.empty() ? mix(hash(from->uri.user), 1) : 0;
}

std::size_t called_of(const sip::Message& message) noexcept {
  const auto uri = sip::parse_uri(message.request_uri());
  return uri && !uri->user.empty() ? mix(hash(uri->user), 2) : 0;
}

}  // namespace

std::optional<Service> Services::observe(const Crossing& crossing) {
  const sip::Message& entry = *crossing.entry.message;
  const sip::Message& exit = *crossing.exit.message;
  if (!crossing.proxied || crossing.entry.message == crossing.exit.message) return std::nullopt;
  if (exit.is_request()) {
    if (const auto via = sip::top_via(exit); via && branch_at(entry, 0) != branch_at(exit, 0))
      pushed_[hash(via->params.find("branch").value_or(""))] = true;
    return std::nullopt;
  }
  const auto via = sip::top_via(entry);
  if (!via || !pushed(via->params.find("branch").value_or(""))) return std::nullopt;
  return Service{
      Service::Kind::proxy,
      crossing.lan().destination,
      crossing.outside(),
      crossing.exit.time,
      fmt::format("It put the Via {} in front of the phone's and took it away from the answer.", via->sent_by.text),
      0.97};
}

std::optional<Service> Services::observe_stray(const Sighting& sighting, std::string_view call_id) {
  const Side side = sighting.tap->side;
  const sip::Message& message = *sighting.message;
  if ((side != Side::lan && side != Side::wan) || call_id.empty()) return std::nullopt;
  const Leg leg{sighting.time,
                sighting.source,
                sighting.destination,
                hash(message.call_id()),
                branch_at(message, 0),
                branch_at(message, 1),
                false};
  if (auto proxy = match_proxy(sighting, leg)) return proxy;
  return match_b2bua(sighting, leg);
}

std::optional<Service> Services::match_proxy(const Sighting& sighting, const Leg& leg) {
  const bool on_lan = sighting.tap->side == Side::lan;
  const std::size_t key = transaction_of(*sighting.message);
  (on_lan ? lan_ : wan_)[key] = leg;
  const Leg* const other = (on_lan ? wan_ : lan_).peek(key);
  if (other == nullptr || std::chrono::abs(other->time - leg.time) > kOneMessage) return std::nullopt;
  const bool stacked = (leg.top != 0 && other->below == leg.top) || (other->top != 0 && leg.below == other->top);
  if (!stacked || leg.top == other->top) return std::nullopt;
  const Leg& inner = on_lan ? leg : *other;
  const Leg& outer = on_lan ? *other : leg;
  const bool out = outer.below == inner.top && sighting.message->is_request();
  const Endpoint& inside = out ? inner.destination : inner.source;
  const Endpoint& outside = out ? outer.source : outer.destination;
  return Service{Service::Kind::proxy,
                 inside,
                 outside,
                 leg.time,
                 fmt::format("The phone speaks with {}, and what {} sends on has its Via on top of the phone's.",
                             to_string(inside), to_string(outside)),
                 0.97};
}

std::optional<Service> Services::match_b2bua(const Sighting& sighting, const Leg& leg) {
  const sip::Message& message = *sighting.message;
  const bool on_lan = sighting.tap->side == Side::lan;
  if (message.method() != "INVITE" || message.status() >= 300) return std::nullopt;
  if (message.is_request()) {
    const std::array<std::size_t, 2> parties{caller_of(message), called_of(message)};
    for (std::size_t i = 0; i < parties.size(); ++i) {
      const std::size_t party = parties[i];
      if (party == 0) continue;
      (on_lan ? lan_calls_ : wan_calls_)[party] = leg;
      if (on_lan) lan_invites_[mix(leg.call_id, i)] = party;
      const Leg* const other = (on_lan ? wan_calls_ : lan_calls_).peek(party);
      if (other == nullptr) continue;
      if (auto service = join(on_lan ? leg : *other, on_lan ? *other : leg)) return service;
    }
    return std::nullopt;
  }
  if (!on_lan) return std::nullopt;
  // The service, or the phone, has taken the call inside.
  for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
    const std::size_t* const party = lan_invites_.peek(mix(leg.call_id, which));
    Leg* const inner = party != nullptr ? lan_calls_.find(*party) : nullptr;
    if (inner == nullptr || inner->call_id != leg.call_id || inner->destination != leg.source) continue;
    inner->answered = true;
    const Leg* const outer = wan_calls_.peek(*party);
    if (outer == nullptr) continue;
    if (auto service = join(*inner, *outer)) return service;
  }
  return std::nullopt;
}

std::optional<Service> Services::join(const Leg& inner, const Leg& outer) const {
  if (!inner.answered || inner.call_id == outer.call_id || std::chrono::abs(inner.time - outer.time) > kOneCall)
    return std::nullopt;
  const bool out = inner.time <= outer.time;
  const Endpoint& inside = out ? inner.destination : inner.source;
  const Endpoint& outside = out ? outer.source : outer.destination;
  return Service{Service::Kind::b2bua,
                 inside,
                 outside,
                 std::max(inner.time, outer.time),
                 fmt::format("A call with {} on the inside begins another one, with a Call-ID of its own, at {} on the "
                             "outside.",
                             to_string(inside), to_string(outside)),
                 0.9};
}

}  // namespace vialens

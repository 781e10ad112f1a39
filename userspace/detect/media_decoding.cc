#include "userspace/detect/media_decoding.h"

#include <fmt/format.h>

#include <algorithm>

namespace vialens {
namespace {

constexpr Duration kLongEnough = std::chrono::seconds(5);
constexpr std::uint64_t kPackets = 50;
constexpr std::uint8_t kNoise = 13, kOldNoise = 19;  // RFC 3551 6; the second one was that of its draft

constexpr double kForeign = 0.6, kChanged = 0.85;
constexpr double kPlain = 0.7, kPlainAndDisputed = 0.85, kDisagreed = 0.75;

bool long_enough(const Way& way, Time settled) {
  return way.look.since != Time{} && way.look.packets >= kPackets &&
         way.last - std::max(way.look.since, settled) >= kLongEnough;
}

// Besides `type`.
bool lists_any(const Description& description, std::array<std::uint64_t, 2> types, std::uint8_t type) {
  types[type / 64 % 2] &= ~(1ULL << (type % 64));
  return (description.types[0] & types[0]) != 0 || (description.types[1] & types[1]) != 0;
}

std::string list_of(const Description& description) {
  std::string text;
  for (std::uint8_t type = 0; type < 128; ++type)
    if (description.lists(type)) text += fmt::format("{}{}", text.empty() ? "" : ", ", type);
  return text;
}

std::optional<Unplayable> by_payload_type(const CallMedium& call, Party party, const std::string& name) {
  const PlaceOfCall& place = call.of(call.nearest(party));
  const Way& way = place.to[index(party)];
  const Description& own = call.own(party);
  const std::uint8_t type = way.look.type;
  if (own.types == std::array<std::uint64_t, 2>{} || type == kNoise || type == kOldNoise || way.type_before == type ||
      lists_any(own, way.look.types, type))
    return std::nullopt;
  const Description& told = call.told(party);
  // As it left its sender, and not as something in between made it.
  const Way& source = call.of(call.nearest(other(party))).to[index(party)];
  const bool as_sent = source.ssrc == way.ssrc && source.look.type == type;
  const std::uint32_t here = own.meaning(type);
  const std::uint32_t there = told.meaning(type);
  Unplayable found{.since = way.look.since,
                   .evidence = {place.tap->name, "RTP", 0, "payload type", list_of(own), std::to_string(type)}};
  if (own.lists(type)) {
    if (here == 0 || there == 0 || here == there || !as_sent) return std::nullopt;
    found.confidence = kChanged;
    found.why = fmt::format(
        "RTP arrives with payload type {}, and what that is (a=rtpmap) was changed on the way: {} announced something "
        "else than the other end was told, and cannot decode it",
        type, name);
    return found;
  }
  // The other end names what it sends, and that is something that the party plays under another number.
  const std::uint32_t named = place.said[index(other(party))].meaning(type);
  if (named != 0 && own.can_play(named)) return std::nullopt;
  const bool changed = call.both() && as_sent && told.lists(type);
  found.confidence = changed ? kChanged : kForeign;
  found.why = fmt::format(
      "RTP arrives, but with payload type {}, which is none of those that {} announced ({}){}: it "
      "cannot decode it",
      type, name, list_of(own), changed ? ", though the other end was told so" : "");
  return found;
}

// The two places, or the two ends, do not agree on whether it is encrypted.
bool is_disputed(const CallMedium& call) {
  const Description* first = nullptr;
  for (const PlaceOfCall& place : call.at) {
    if (place.tap == nullptr) continue;
    for (const Description& description : place.said) {
      if (!description.active) continue;
      if (first != nullptr && (first->secure != description.secure || first->keys != description.keys)) return true;
      first = &description;
    }
  }
  return false;
}

bool agreed_on(const PlaceOfCall& place, bool secure) {
  return place.tap != nullptr && place.said[0].active && place.said[1].active && place.said[0].secure == secure &&
         place.said[1].secure == secure;
}

std::uint64_t mean_size(const Way& way) { return way.since == 0 ? 0 : way.bytes / way.since; }

std::optional<Unplayable> by_encryption(const CallMedium& call, Party party, Time settled, const std::string& name) {
  const PlaceOfCall& place = call.of(call.nearest(party));
  const Way& way = place.to[index(party)];
  const Way& sends = place.to[index(other(party))];
  const Description& own = call.own(party);
  const Description& sender = call.own(other(party));
  const bool any = own.secure || own.keys || sender.secure || sender.keys;
  if (!any) return std::nullopt;
  // Who sends encrypted expects it; whoever gave in to the other end sends plain itself. Both by the size of packets.
  const bool known = way.look.cover != Cover::unknown && sends.look.cover != Cover::unknown;
  if (known && way.look.cover != sends.look.cover && long_enough(sends, settled)) {
    const std::string_view comes = way.look.cover == Cover::plain ? "plain" : "encrypted";
    const std::string_view wanted = way.look.cover == Cover::plain ? "encrypted" : "plain";
    return Unplayable{
        is_disputed(call) ? kPlainAndDisputed : kPlain,
        std::max(way.look.since, sends.look.since),
        fmt::format("the RTP that arrives is {}, and {} sends {} one, so it expects that, too", comes, name, wanted),
        {place.tap->name, "RTP", 0, "encryption", std::string(wanted), std::string(comes)}};
  }
  if (known) return std::nullopt;
  // Encrypted is what both agreed to on one side of the box and not on the other, and the packets go through it as long
  // as they were: so nothing in it en- or decrypts them.
  const PlaceOfCall& inside = call.of(Place::inside);
  const PlaceOfCall& outside = call.of(Place::outside);
  const bool disagree =
      (agreed_on(inside, true) && agreed_on(outside, false)) || (agreed_on(inside, false) && agreed_on(outside, true));
  if (!disagree || own.keys != own.secure) return std::nullopt;
  for (const Party to : {Party::caller, Party::callee}) {
    const Way& there = outside.to[index(to)];
    const Way& here = inside.to[index(to)];
    if (there.ssrc != here.ssrc || !long_enough(there, settled) || !long_enough(here, settled) ||
        mean_size(there) != mean_size(here))
      return std::nullopt;
  }
  const bool in_lan = agreed_on(inside, true);
  return Unplayable{
      kDisagreed,
      way.look.since,
      fmt::format("by what is announced on the LAN side of the router the media is {}, and on the other "
                  "side it is {}",
                  in_lan ? "encrypted (SRTP)" : "plain", in_lan ? "plain" : "encrypted (SRTP)"),
      {place.tap->name, "SDP", 0, "encryption", in_lan ? "encrypted" : "plain", in_lan ? "plain" : "encrypted"}};
}

}  // namespace

std::optional<Unplayable> unplayable(const CallMedium& call, Party party, Time settled, const std::string& name) {
  const Way& way = call.of(call.nearest(party)).to[index(party)];
  if (call.own(party).several || way.learned || !long_enough(way, settled)) return std::nullopt;
  if (auto found = by_payload_type(call, party, name)) return found;
  return by_encryption(call, party, settled, name);
}

std::string keys_taken_away(const CallMedium& call) {
  for (const Party party : {Party::caller, Party::callee}) {
    const Description& own = call.own(party);
    const Description& told = call.told(party);
    if (own.active && told.active && own.secure && told.secure && own.keys && !told.keys)
      return "the keys of the encryption (a=crypto, a=fingerprint) were taken out of the description on the way, and "
             "without them nobody can encrypt or decrypt";
  }
  return {};
}

}  // namespace vialens

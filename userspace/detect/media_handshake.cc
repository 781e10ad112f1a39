#include "userspace/detect/media_handshake.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/media_diagnosis.h"

namespace vialens {
namespace {

constexpr std::uint64_t kRepeated = 3;  // datagrams; unanswered, they go after 1, 2, 4 s (RFC 6347 4.2.4.1)
constexpr Duration kRepeating = std::chrono::seconds(3);  // from the first to the last of them
constexpr std::uint64_t kAlert = 1ULL << 21U;             // content types (RFC 5246 6.2.1)
constexpr std::uint64_t kData = 1ULL << 23U;              // what needs the keys that a handshake has made

constexpr double kUnanswered = 0.75, kRepeatedByBoth = 0.65, kNoMore = 0.5;
constexpr double kWithIce = 0.6;  // its answer may take another pair of candidates

// Of what `party` sends, where it is nearest.
const Way& handshake_of(const CallMedium& call, Party party) {
  return (*call.of(call.nearest(party)).dtls)[index(other(party))];
}

bool is_repeated(const Way& way) { return way.packets >= kRepeated && way.last - way.first >= kRepeating; }

bool any_media(const CallMedium& call) {
  for (const PlaceOfCall& place : call.at)
    for (const Party party : {Party::caller, Party::callee})
      if (place.to[index(party)].packets > 0 || (*place.referee)[index(party)].last != Time{}) return true;
  return false;
}

bool arrived(const CallMedium& call, Party party) {
  return (*call.of(call.nearest(other(party))).dtls)[index(other(party))].packets > 0;
}

}  // namespace

bool repeats_handshake(const CallMedium& call, Party party, Time since) {
  const Way& way = handshake_of(call, party);
  return is_repeated(way) && way.last - since >= kRepeating;
}

std::optional<Handshake> unfinished_handshake(const CallMedium& call, Time now) {
  if (any_media(call)) return std::nullopt;
  Time began{};
  std::uint64_t types = 0;
  for (const Party party : {Party::caller, Party::callee}) {
    const Description& own = call.own(party);
    const Way& way = handshake_of(call, party);
    if (!own.active || !own.secure || !own.fingerprint || own.several) return std::nullopt;
    began = std::max(began, way.first);
    types |= way.look.types[0];
  }
  if (began == Time{} || now - began < Patience{}.absent || (types & kData) != 0) return std::nullopt;
  for (const Party party : {Party::caller, Party::callee}) {
    const Way& way = handshake_of(call, party);
    if (handshake_of(call, other(party)).packets > 0) continue;
    if (!is_repeated(way)) return std::nullopt;
    return Handshake{
        call.ice ? kWithIce : kUnanswered,
        fmt::format("{} asks for the keys of the encryption again and again ({} packets of DTLS to {}{}) and gets no "
                    "answer: without keys neither of them can send.",
                    MediaDiagnosis::name(call, party), way.packets, to_string(way.destination),
                    arrived(call, party) ? "" : ", which do not leave the router")};
  }
  const bool repeated =
      is_repeated(handshake_of(call, Party::caller)) || is_repeated(handshake_of(call, Party::callee));
  // Who has keys and nothing to say for a while is silent, too; and with ICE, the media may have moved on.
  if (!repeated && (call.ice || call.pauses)) return std::nullopt;
  return Handshake{
      repeated ? kRepeatedByBoth : kNoMore,
      fmt::format("The handshake for the keys of the encryption (DTLS) {}, and no media has followed: it seems "
                  "unfinished.",
                  (types & kAlert) != 0 ? "passed both ways and was broken off"
                  : repeated            ? "goes both ways and is repeated again and again"
                                        : "passed both ways")};
}

}  // namespace vialens

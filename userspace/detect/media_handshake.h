// DTLS-SRTP (RFC 5764): the keys come from a handshake that passes where the media does. While it is not finished,
// there is no media at all.
#pragma once

#include <optional>
#include <string>

#include "userspace/call/call_media.h"

namespace vialens {

struct Handshake {
  double confidence = 0;
  std::string why{};  // a sentence
};

// The handshake of this call was seen here, and did not end; nothing where it did, where it may have, where it has not
// had eight seconds, and where no packet of one was seen: then the media may have taken another way.
std::optional<Handshake> unfinished_handshake(const CallMedium& call, Time now);

// Whether `party` still repeats its part of the handshake after `since`: whoever does has no keys.
bool repeats_handshake(const CallMedium& call, Party party, Time since);

}  // namespace vialens

#include "userspace/call/description.h"

#include <algorithm>

#include "userspace/call/offer_answer.h"
#include "userspace/call/rtpmap.h"

namespace vialens {
namespace {

constexpr std::size_t kMostCodecs = 24;  // of one description

std::uint32_t meaning_of(const Rtpmap& map) {
  return std::max(1U, static_cast<std::uint32_t>(mix(hash(lower(map.name)), map.clock_rate.value_or(0))));
}

void note_types(const sip::Media& media, Description& description) {
  const bool audio = media.kind == "audio";
  const auto note = [&](std::uint8_t type) {
    if (type >= 128) return;
    description.types[type / 64] |= 1ULL << (type % 64);
    if (audio) description.audio_types[type / 64] |= 1ULL << (type % 64);
  };
  for (std::string_view formats = media.formats; !formats.empty();)
    if (const auto type = number_of<std::uint8_t>(take_word(formats))) note(*type);
  each_rtpmap(media, [&](const Rtpmap& map) {
    note(map.type);
    if (audio && description.codecs.size() < kMostCodecs) description.codecs.push_back({map.type, meaning_of(map)});
  });
}

// Port 0, unless it has the port of its bundle (RFC 9143 6).
bool is_refused(const sip::Media& media) noexcept { return media.port == 0 && !attribute(media.lines, "bundle-only"); }

bool has_keys(const sip::Sdp& sdp, const sip::Media& media) noexcept {
  return attribute(media.lines, "crypto") || has_attribute(sdp, media, "fingerprint") ||
         has_attribute(sdp, media, "key-mgmt") || has_attribute(sdp, media, "zrtp-hash");
}

}  // namespace

std::uint32_t Description::meaning(std::uint8_t type) const noexcept {
  for (const Codec& codec : codecs)
    if (codec.type == type) return codec.meaning;
  return 0;
}

bool Description::lists_without_audio(const PayloadTypes& seen) const noexcept {
  const auto none = [](std::uint64_t low, std::uint64_t high) { return (low | high) == 0; };
  return !none(seen[0], seen[1]) && none(seen[0] & ~types[0], seen[1] & ~types[1]) &&
         none(seen[0] & audio_types[0], seen[1] & audio_types[1]);
}

bool Description::can_play(std::uint32_t meaning) const noexcept {
  return std::any_of(codecs.begin(), codecs.end(), [&](const Codec& codec) { return codec.meaning == meaning; });
}

bool speaks_ice(const sip::Sdp& sdp, const sip::Media& media) noexcept {
  return has_attribute(sdp, media, "ice-ufrag") || attribute(media.lines, "candidate");
}

Description describe_audio(const sip::Sdp& sdp, const sip::Sdp& other) {
  Description description{.known = true};
  const std::size_t count = std::min(sdp.media().size(), other.media().size());
  for (std::size_t i = 0; i < count; ++i) {
    const sip::Media& media = sdp.media()[i];
    if (is_refused(media) || is_refused(other.media()[i])) continue;
    if (media.protocol.find("RTP/") != media.protocol.npos) note_types(media, description);
    if (media.kind != "audio" || media.port == 0 || other.media()[i].port == 0) continue;
    const auto where = address_of(sdp, media);
    const bool nowhere = where && where->address.is_unspecified() && !speaks_ice(sdp, media);
    const MediaDirection direction = direction_of(sdp, media);
    const bool sends = direction == MediaDirection::sendrecv || direction == MediaDirection::sendonly;
    const bool receives = (direction == MediaDirection::sendrecv || direction == MediaDirection::recvonly) && !nowhere;
    if (!description.active) {
      if (where) description.where = *where;
      description.secure = media.protocol.find("SAVP") != media.protocol.npos;
      description.keys = has_keys(sdp, media);
      description.fingerprint = has_attribute(sdp, media, "fingerprint");
    }
    description.several = description.active;
    description.holds = (description.holds || !description.active) && !receives;
    description.active = true;
    description.sends = description.sends || sends;
    description.receives = description.receives || receives;
  }
  return description;
}

}  // namespace vialens

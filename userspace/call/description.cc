#include "userspace/call/description.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "userspace/call/offer_answer.h"
#include "userspace/call/rtpmap.h"

namespace vialens {
namespace {

constexpr std::size_t kMostCodecs = 24;  // of one description

std::uint32_t meaning_of(const Rtpmap& map) {
  std::string text(map.name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return std::max(1U, static_cast<std::uint32_t>(mix(hash(text), map.clock_rate.value_or(0))));
}

void set(std::array<std::uint64_t, 2>& types, std::uint8_t type) noexcept {
  if (type < 128) types[type / 64] |= 1ULL << (type % 64);
}

void note_types(const sip::Media& media, Description& description) {
  for (std::string_view formats = media.formats; !formats.empty();)
    if (const auto type = number_of<std::uint8_t>(take_word(formats))) set(description.types, *type);
  each_rtpmap(media, [&](const Rtpmap& map) {
    set(description.types, map.type);
    if (media.kind == "audio" && description.codecs.size() < kMostCodecs)
      description.codecs.push_back({map.type, meaning_of(map)});
  });
}

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
    if (media.port == 0 || other.media()[i].port == 0) continue;
    if (media.protocol.find("RTP/") != media.protocol.npos) note_types(media, description);
    if (media.kind != "audio") continue;
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

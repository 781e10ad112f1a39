// What a party has said of its audio in an offer or an answer (RFC 3264), as one side of the box shows it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "userspace/core/address.h"
#include "userspace/sip/sdp.h"

namespace vialens {

using PayloadTypes = std::array<std::uint64_t, 2>;  // one bit each

struct Description {
  // What a payload type means by a=rtpmap: a hash of name and clock rate. Static types need none (RFC 3551 6).
  struct Codec {
    std::uint8_t type = 0;
    std::uint32_t meaning = 0;
  };

  bool known = false;
  bool active = false;                   // there is a section that was not refused
  bool sends = false, receives = false;  // as it wants it; 0.0.0.0 receives nothing (RFC 3264 8.4)
  bool several = false;                  // sections
  Endpoint where{};                      // of the first section that is active; port 0 if that is a name
  bool holds = false;                    // sendonly, inactive or 0.0.0.0
  bool secure = false;                   // RTP/SAVP or RTP/SAVPF
  bool keys = false;                     // a=crypto, a=fingerprint or a=key-mgmt, or ZRTP
  bool fingerprint = false;              // a=fingerprint: the keys come from a handshake (DTLS-SRTP, RFC 5763)
  // Payload types that it wants to receive, one bit each; those of video, too, which may share the port (RFC 9143).
  PayloadTypes types{};
  PayloadTypes audio_types{};   // of these, those of audio
  std::vector<Codec> codecs{};  // of audio; bounded

  bool lists(std::uint8_t type) const noexcept { return type < 128 && ((types[type / 64] >> (type % 64)) & 1U) != 0; }
  // All of these types, of which there is one, are listed, and none of them for audio.
  bool lists_without_audio(const PayloadTypes& seen) const noexcept;
  // The meaning of this type; 0 if there is no a=rtpmap for it.
  std::uint32_t meaning(std::uint8_t type) const noexcept;
  bool can_play(std::uint32_t meaning) const noexcept;  // under some payload type
};

// Its audio as `sdp` has it: the sections that the other description did not refuse.
Description describe_audio(const sip::Sdp& sdp, const sip::Sdp& other);

// The section has what ICE needs (RFC 8839).
bool speaks_ice(const sip::Sdp& sdp, const sip::Media& media) noexcept;

}  // namespace vialens

// What a listener would think of a stream: the E-model (ITU-T G.107), with the codecs' figures of G.113 Appendix I.
//
// An estimate. Of what the E-model asks for, a place on the way knows the codec, what was lost, how bunched it was, and
// with RTCP the delay; everything else (echo, noise, the receiver's jitter buffer) has the default of G.107, which is
// that of good equipment. So it is what the network leaves possible, and no more.
#pragma once

#include <optional>
#include <string_view>

#include "userspace/core/time.h"

namespace vialens {

struct Reception {
  std::string_view codec;  // encoding name as in SDP (RFC 3551): "PCMU"; case does not matter
  double loss = 0;         // 0 to 1
  double burst_ratio = 1;  // mean length of a run of lost packets, over that of random loss; 1: random
  Duration delay{};        // one way, from mouth to ear, as far as known
};

// MOS-CQE, 1 to 4.5. Nothing for a codec that G.113 has no figures for.
std::optional<double> estimate_mos(const Reception& reception) noexcept;

}  // namespace vialens

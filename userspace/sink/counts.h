// What the engine counts for those who tell numbers and no names: plain arrays with fixed places, so that no packet
// can make them grow.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "userspace/call/session_counts.h"
#include "userspace/core/histogram.h"
#include "userspace/crossing/compare.h"
#include "userspace/sip/names.h"

namespace vialens {

// Seconds: of a LAN, of a good line, and of one that a jitter buffer no longer makes up for.
inline constexpr std::array kJitterBounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2};
// ITU-T G.107 Annex B: 4.34 very satisfied, 4.03 satisfied, 3.6 some dissatisfied, 3.1 many, 2.58 nearly all.
inline constexpr std::array kMosBounds{1.5, 2.0, 2.58, 3.1, 3.6, 4.03, 4.34, 4.5};

// SIP and RTP at one tap.
struct TapTraffic {
  std::array<std::uint64_t, sip::kMethodNames.size()> requests{};
  std::array<std::array<std::uint64_t, sip::kCodeNames>, sip::kMethodNames.size()> responses{};
  std::uint64_t streams_active = 0;
  std::uint64_t packets_lost = 0;  // of RTP, on their way to here
};

struct Counts {
  std::vector<TapTraffic> taps;  // by TapId
  SessionCounts sessions;
  std::uint64_t calls_active = 0, registrations_active = 0;
  // Messages by what the router did to them. Those that were seen on one side only: they entered and did not leave, or
  // left and had not entered. Where the direction of a tap is not known (capture files), neither is counted.
  std::uint64_t unchanged = 0, rewritten = 0, lost = 0, injected = 0;
  // Messages in which this was changed.
  std::array<std::uint64_t, static_cast<std::size_t>(Field::count_)> rewrites{};
  // Of RTP streams that are over, once each.
  Histogram<kJitterBounds> jitter;
  Histogram<kMosBounds> mos;
};

}  // namespace vialens

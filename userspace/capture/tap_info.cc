#include "userspace/capture/tap_info.h"

#include <array>
#include <numeric>

namespace vialens {

std::string_view to_string(Side side) noexcept {
  static constexpr std::array<std::string_view, 4> kNames{"unknown", "lan", "wan", "server"};
  return kNames[static_cast<std::size_t>(side)];
}

Side side_named(std::string_view name) noexcept {
  for (const Side side : {Side::lan, Side::wan, Side::server})
    if (name == to_string(side)) return side;
  return Side::unknown;
}

std::string_view to_string(Direction direction) noexcept {
  static constexpr std::array<std::string_view, 3> kNames{"unknown", "in", "out"};
  return kNames[static_cast<std::size_t>(direction)];
}

std::string_view to_string(vialens_outcome outcome) noexcept {
  static constexpr std::array<std::string_view, VIALENS_OUTCOMES> kNames{
      "other",     "sip",       "tcp-segment", "fragment", "fragment-other", "keep-alive", "not-sip", "broken",
      "lost-ring", "lost-copy", "lost-size",   "rtp",      "rtcp",           "stun",       "udptl",   "dtls"};
  return outcome < VIALENS_OUTCOMES ? kNames[outcome] : "unknown";
}

std::uint64_t packets(const TapCounters& counters) noexcept {
  return std::accumulate(std::begin(counters.packets), std::end(counters.packets), std::uint64_t{0});
}

std::uint64_t lost(const TapCounters& counters) noexcept {
  return counters.packets[VIALENS_O_LOST_RING] + counters.packets[VIALENS_O_LOST_COPY] +
         counters.packets[VIALENS_O_LOST_SIZE];
}

void add(TapCounters& sum, const TapCounters& counters) noexcept {
  // The struct is nothing but 64-bit counters, so that this cannot forget one.
  static_assert(sizeof(TapCounters) % sizeof(__u64) == 0);
  auto* to = reinterpret_cast<__u64*>(&sum);
  const auto* from = reinterpret_cast<const __u64*>(&counters);
  for (std::size_t i = 0; i < sizeof(TapCounters) / sizeof(__u64); ++i) to[i] += from[i];
}

}  // namespace vialens

// One media stream of a call at one tap, as it is told with the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/sip/sdp.h"

namespace vialens {

// What a flow had counted at some moment.
struct FlowCounts {  // of every stream there is one: small
  std::uint64_t packets = 0, bytes = 0;
  Duration longest_gap{};
  std::uint32_t noise = 0, expected = 0, lost = 0, duplicates = 0, reordered = 0, burst_lost = 0, burst_packets = 0;
  float mean_jitter_ms = 0;
};

FlowCounts counts_of(const Flow& flow) noexcept;
// What it has counted after that: an earlier call had the same end points and SSRC. When its longest gap was is not
// known; it is 0 unless it came after that.
Flow since(const Flow& flow, const FlowCounts& before) noexcept;

struct CallStream {
  const TapInfo* tap = nullptr;
  Direction direction = Direction::unknown;  // in: towards the LAN; not known where neither end is known to be inside
  Endpoint source, destination;
  std::uint32_t ssrc = 0;
  std::uint8_t payload_type = 0;  // of the speech: not of telephone-events and comfort noise, if there is another
  std::uint64_t packets = 0, lost = 0, duplicates = 0, reordered = 0;
  std::optional<double> jitter_ms;      // the mean; nothing where the clock rate is unknown
  std::optional<double> jitter_now_ms;  // the running value of RFC 3550 A.8
  std::optional<Duration> longest_gap;  // nothing where an earlier call may have had it
  double burst_ratio = 1;               // ITU-T G.107: 1 is random loss

  double loss() const noexcept;  // 0 to 1
};

// Payload types by their names (RFC 3551, and a=rtpmap of what was offered and answered).
class Codecs {
 public:
  // Notes the names of all sections of this description. Bounded.
  void note(const sip::Sdp& sdp);
  // "PCMU"; "" if nobody said. Valid until the next note().
  std::string_view name(std::uint8_t payload_type) const noexcept;

 private:
  static constexpr std::size_t kMost = 24;
  std::vector<std::pair<std::uint8_t, std::string>> names_;  // those that are not static
};

CallStream stream_of(const Flow& flow, const TapInfo& tap, Direction direction, const Codecs& codecs) noexcept;

// MOS of the stream as it was received here, if its codec has figures (mos.h) and there is enough of it.
std::optional<double> mos_of(const CallStream& stream, const Codecs& codecs) noexcept;

}  // namespace vialens

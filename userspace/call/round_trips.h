// How long a packet takes from a tap to a receiver and back (RFC 3550 6.4.1).
//
// The sender computes that from its own clock; we saw its report pass, and the one that answers it come back: the time
// in between, less what the receiver says that it waited, is the way from here. It needs nobody's clock but ours.
#pragma once

#include <span>

#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/memory.h"

namespace vialens {

class RoundTrips {
 public:
  // `taps`: indexed by TapId; outlive this.
  explicit RoundTrips(std::span<const TapInfo> taps) : taps_(taps) {}

  // Remembers its sender report, and fills in the round trips of its report blocks. A report that answers one which
  // was followed by another before the table was read is not understood.
  void observe(RtcpSource& source);

 private:
  // An interface has a tap for each direction.
  std::size_t key(TapId tap, std::uint32_t ssrc, std::uint32_t ntp_middle) const noexcept;

  std::span<const TapInfo> taps_;
  Memory<Time> reports_{8192};
};

}  // namespace vialens

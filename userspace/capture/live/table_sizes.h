// How large the kernel's tables of media are, for so many calls at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "vialens/abi.h"

namespace vialens::live {

struct TableSizes {
  std::uint32_t flows = VIALENS_FLOWS, rtcp_senders = VIALENS_RTCP_SOURCES, endpoints = VIALENS_ENDPOINTS;

  // Never smaller than without being told. A call of one medium has two streams, each seen where it enters the box and
  // where it leaves: four flows, and four senders of RTCP. With what each CPU keeps free for itself, and for those that
  // changed their SSRC, a quarter more. Its end points are the phone's, what the box made of it, and the provider's,
  // each with a port for RTP and one for RTCP. What ended makes room first: it is the least recent.
  static TableSizes for_calls(std::uint32_t calls) noexcept {
    const TableSizes least;
    return {std::max(least.flows, 5 * calls), std::max(least.rtcp_senders, 5 * calls),
            std::max(least.endpoints, 6 * calls)};
  }
};

}  // namespace vialens::live

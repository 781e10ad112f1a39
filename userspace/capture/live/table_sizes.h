// How large the kernel's tables of media and the ring buffer are, for so many calls at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "vialens/abi.h"

namespace vialens::live {

struct TableSizes {
  std::uint32_t flows = VIALENS_FLOWS, rtcp_senders = VIALENS_RTCP_SOURCES, endpoints = VIALENS_ENDPOINTS;
  std::uint32_t ring_bytes = 1U << 20U;

  // Never smaller than without being told. A call of one medium has two streams, each seen where it enters the box and
  // where it leaves: four flows, and four senders of RTCP. With what each CPU keeps free for itself, and for those that
  // changed their SSRC, a quarter more. Its end points are the phone's, what the box made of it, and the provider's,
  // each with a port for RTP and one for RTCP. What ended makes room first: it is the least recent. The ring has half
  // a KiB for each call: who has so many has some hundred messages a second, and it holds those of a second.
  static TableSizes for_calls(std::uint32_t calls) noexcept {
    const TableSizes least;
    return {std::max(least.flows, 5 * calls), std::max(least.rtcp_senders, 5 * calls),
            std::max(least.endpoints, 6 * calls), std::max(least.ring_bytes, 512 * calls)};
  }
};

}  // namespace vialens::live

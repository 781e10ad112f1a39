#include "userspace/metrics/labels.h"

namespace vialens {

std::size_t class_of(vialens_outcome outcome) noexcept {
  switch (outcome) {
    case VIALENS_O_SIP:
    case VIALENS_O_SEGMENT:
    case VIALENS_O_KEEPALIVE:
    case VIALENS_O_LOST_RING:
    case VIALENS_O_LOST_COPY:
    case VIALENS_O_LOST_SIZE:
      return 0;
    case VIALENS_O_RTP:
      return 1;
    case VIALENS_O_RTCP:
      return 2;
    case VIALENS_O_STUN:
      return 3;
    case VIALENS_O_FRAGMENT:
    case VIALENS_O_FRAGMENT_OTHER:
      return 4;
    case VIALENS_O_OTHER:
    case VIALENS_O_NOT_SIP:
    case VIALENS_O_BROKEN:
    case VIALENS_O_UDPTL:
    case VIALENS_O_DTLS:
    case VIALENS_OUTCOMES:
      break;
  }
  return 5;
}

}  // namespace vialens

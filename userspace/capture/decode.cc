#include "userspace/capture/decode.h"

#include <algorithm>

#include "vialens/packet.h"

namespace vialens {
namespace {

Address address(const __u8 (&bytes)[16]) noexcept {
  Address result;
  std::copy(std::begin(bytes), std::end(bytes), result.bytes.begin());
  return result;
}

}  // namespace

Piece decode(const vialens_event& event, std::string_view bytes, Time time) noexcept {
  Piece piece;
  piece.time = time;
  piece.tap = event.tap;
  piece.kind = event.kind == VIALENS_SEGMENT    ? Piece::Kind::segment
               : event.kind == VIALENS_FRAGMENT ? Piece::Kind::fragment
                                                : Piece::Kind::datagram;
  piece.transport = event.protocol == VIALENS_IPPROTO_TCP ? Transport::tcp : Transport::udp;
  piece.more = event.more != 0;
  piece.synthetic = event.synthetic != 0;
  piece.tcp_flags = event.tcp_flags;
  piece.source = {address(event.saddr), event.sport};
  piece.destination = {address(event.daddr), event.dport};
  piece.ip_id = event.ip_id;
  piece.offset = event.piece_off;
  piece.tcp_sequence = event.tcp_seq;
  piece.wire_length = event.wire_len;
  piece.bytes = bytes;
  if (event.match.method != VIALENS_M_NONE || event.match.status != 0) piece.match = &event.match;
  return piece;
}

}  // namespace vialens

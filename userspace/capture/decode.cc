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

Flow decode(const vialens_flow_key& key, const vialens_flow& flow, Duration utc) noexcept {
  Flow result;
  result.tap = key.tap;
  result.source = {address(key.saddr), key.sport};
  result.destination = {address(key.daddr), key.dport};
  result.ssrc = key.ssrc;
  result.first = Time(std::chrono::nanoseconds(flow.first_ns) + utc);
  result.last = Time(std::chrono::nanoseconds(flow.last_ns) + utc);
  result.longest_gap = std::chrono::nanoseconds(flow.longest_gap_ns);
  result.packets = flow.packets;
  result.bytes = flow.bytes;
  result.silent = flow.silent;
  result.comfort_noise = flow.comfort_noise;
  result.markers = flow.markers;
  result.payload_type = flow.last_payload_type;
  result.payload_types = {flow.payload_types[0], flow.payload_types[1]};
  result.believed = flow.believed != 0;
  return result;
}

}  // namespace vialens

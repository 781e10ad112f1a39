#include "userspace/reassembly/reassembly.h"

#include <utility>

namespace vialens {

Reassembly::Reassembly(Sink sink, IpFragments::Incomplete incomplete)
    : sink_(std::move(sink)), fragments_(std::move(incomplete)), streams_(sink_) {}

void Reassembly::add(const Piece& piece) {
  IpFragments::Whole whole;
  switch (piece.kind) {
    case Piece::Kind::datagram:
      hand_out(piece, false);
      return;
    case Piece::Kind::segment:
      streams_.add(piece);
      return;
    case Piece::Kind::fragment:
      if (!fragments_.add(piece, whole)) return;
      if (whole.piece.kind == Piece::Kind::segment) {
        streams_.add(whole.piece, whole.reassembled);
      } else {
        hand_out(whole.piece, whole.reassembled);
      }
      return;
  }
}

void Reassembly::advance(Time now) {
  fragments_.advance(now);
  streams_.advance(now);
}

void Reassembly::finish() {
  fragments_.finish();
  streams_.finish();
}

void Reassembly::hand_out(const Piece& datagram, bool reassembled) {
  Payload payload;
  payload.time = datagram.time;
  payload.tap = datagram.tap;
  payload.transport = datagram.transport;
  payload.source = datagram.source;
  payload.destination = datagram.destination;
  payload.ip_id = datagram.synthetic ? 0 : datagram.ip_id;  // a synthetic one is ours, not the sender's
  payload.cut = datagram.bytes.size() < datagram.wire_length;
  payload.reassembled = reassembled;
  payload.bytes = datagram.bytes;
  payload.match = datagram.match;
  sink_(payload);
}

}  // namespace vialens

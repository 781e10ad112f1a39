// From pieces to payloads: the only thing that the rest of the engine sees of fragments and streams.
#pragma once

#include <functional>

#include "userspace/reassembly/ip_fragments.h"
#include "userspace/reassembly/tcp_streams.h"

namespace vialens {

class Reassembly {
 public:
  using Sink = std::function<void(const Payload&)>;

  // `incomplete`: told of datagrams of which not all fragments came.
  explicit Reassembly(Sink sink, IpFragments::Incomplete incomplete = {});

  // Calls the sink for every payload that is now complete: a datagram as it is, a stream's messages one by one.
  void add(const Piece& piece);
  void advance(Time now);  // gives up what has waited for too long; to be called now and then, also while nothing comes
  void finish();           // end of the capture: hands out what there is of the streams

  const IpFragments::Counters& fragments() const noexcept { return fragments_.counters(); }
  std::array<TableFill, 2> tables() const noexcept { return {fragments_.fill(), streams_.fill()}; }
  // Datagrams of which not all fragments have come.
  std::size_t fragments_in_flight() const noexcept { return fragments_.in_flight(); }
  const TcpStreams::Counters& streams() const noexcept { return streams_.counters(); }

 private:
  void hand_out(const Piece& datagram, bool reassembled);

  Sink sink_;
  IpFragments fragments_;
  TcpStreams streams_;
};

}  // namespace vialens

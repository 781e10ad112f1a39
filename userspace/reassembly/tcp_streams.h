// Puts the segments of TCP connections in order and cuts the streams into SIP messages (RFC 3261 18.3).
//
// A watcher may see a connection from its middle, may miss segments, and sees retransmissions and segments out of
// order. Each direction of a connection is a stream of its own. A gap is waited for within a bound (bytes, segments,
// time); then it is skipped and counted, and reading goes on at the next start line. Memory is bounded per stream and
// in all.
//
// A message that will never be whole is handed out as cut, as far as it came, if its start line did: when a gap in it
// is given up, when its connection ends (FIN, RST, a new SYN), when its stream is forgotten, and at the end of the
// capture.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>

#include "userspace/core/table_fill.h"
#include "userspace/reassembly/payload.h"
#include "userspace/reassembly/tcp_stream.h"

namespace vialens {

class TcpStreams {
 public:
  using Limits = TcpLimits;
  using Counters = TcpCounters;
  // Must not call back into the object that calls it.
  using Sink = TcpStream::Sink;

  explicit TcpStreams(Sink sink) : TcpStreams(Limits{}, std::move(sink)) {}
  TcpStreams(const Limits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

  // Takes a piece of kind segment; calls the sink for every message that is now complete. Several may be, or none.
  // `reassembled`: the segment itself came in several IP fragments.
  void add(const Piece& piece, bool reassembled = false);
  void advance(Time now);  // gives up gaps whose patience is over, forgets idle streams
  void finish();           // end of the capture: hands out what waits behind gaps, and begun messages as cut

  const Counters& counters() const noexcept { return counters_; }
  TableFill fill() const noexcept { return {"tcp_streams", streams_.size(), limits_.streams, counters_.evicted}; }
  std::size_t streams() const noexcept { return streams_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Key {
    TapId tap;
    Endpoint source, destination;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Entry {
    Key key;
    TcpStream stream;
    std::size_t charged = 0;               // its part of bytes_
    bool waits = false;                    // it has a gap and stands in gaps_
    std::list<Entry*>::iterator gap = {};  // where; only while it waits
    Time gap_since = {};                   // of the gap that it was put there for
  };
  using Entries = std::list<Entry>;  // the longest silent first

  Entry* find_or_begin(const Piece& piece);
  void settle(Entry& entry);
  void forget(Entries::iterator entry);
  void evict_oldest();
  TcpStream::Shared shared() noexcept { return {limits_, counters_, sink_}; }

  Limits limits_;
  Sink sink_;
  Counters counters_;
  std::size_t bytes_ = 0;
  Entries streams_;
  std::unordered_map<Key, Entries::iterator, KeyHash> index_;
  std::list<Entry*> gaps_;  // those with a gap, the longest waiting first
};

}  // namespace vialens

// Puts IP fragments together (RFC 791 3.2, RFC 8200 4.5), and the pieces of datagrams that were too long for one event.
//
// Bounded in datagrams, in bytes and in time. Fragments may come in any order and more than once. Bytes that were
// already there stay, as on Linux for identical copies; fragments that overlap with other content spoil the whole
// datagram (RFC 5722), which is counted and forgotten, and so are those of its fragments that are still to come.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "userspace/capture/piece.h"
#include "userspace/core/table_fill.h"
#include "userspace/reassembly/extents.h"

namespace vialens {

class IpFragments {
 public:
  struct Limits {
    std::size_t datagrams = 1024;                  // in flight; over that the oldest goes
    std::size_t bytes = 16U << 20U;                // in flight, bookkeeping included
    std::size_t datagram_bytes = 65536;            // one IP payload
    std::size_t pieces = 512;                      // of one datagram
    Duration lifetime = std::chrono::seconds(30);  // from the first piece on (RFC 8200 4.5: 60 s, Linux: 30 s)
  };
  struct Counters {
    std::uint64_t fragments = 0, completed = 0, timed_out = 0, evicted = 0, overlapping = 0, malformed = 0;
  };
  // A completed IP payload. Views are valid until the next call.
  struct Whole {
    Piece piece;               // its last piece to arrive; kind, bytes, ports and sequence now tell of the whole
    bool cut = false;          // the bytes end where the first one is missing
    bool reassembled = false;  // from more than one piece
  };

  // Told of a UDP datagram that is given up with its beginning there: a piece of kind datagram, whose bytes are what
  // came before the first gap, and whose time is that of its first fragment. Valid during the call.
  using Incomplete = std::function<void(const Piece&)>;

  explicit IpFragments(Incomplete incomplete = {}) : IpFragments(Limits{}, std::move(incomplete)) {}
  explicit IpFragments(const Limits& limits, Incomplete incomplete = {})
      : limits_(limits), incomplete_(std::move(incomplete)) {}

  // Takes a piece of kind fragment. If it completes a datagram, fills `whole` with what its UDP or TCP header says
  // (kind datagram or segment) and returns true. A header that contradicts itself is counted as malformed.
  bool add(const Piece& piece, Whole& whole);
  void advance(Time now);  // forgets what is older than the lifetime
  void finish();           // end of the capture: forgets everything

  const Counters& counters() const noexcept { return counters_; }
  TableFill fill() const noexcept { return {"datagrams", datagrams_.size(), limits_.datagrams, counters_.evicted}; }
  // Spoilt datagrams are in flight, too, until their lifetime is over.
  std::size_t in_flight() const noexcept { return datagrams_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Key {
    TapId tap;
    Transport transport;
    bool synthetic;
    std::uint32_t ip_id;
    Address source, destination;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Datagram {
    Key key;
    Time since;  // of the first piece to arrive
    Extents parts;
    std::uint64_t covered = 0;           // bytes that are there, or known to be missing
    std::optional<std::uint64_t> total;  // known from the last fragment
    std::size_t charged = 0;             // its part of bytes_
    bool spoilt = false;
  };
  using Datagrams = std::list<Datagram>;  // the oldest first
  enum class Fate : std::uint8_t { waiting, complete, malformed, overlapping, scattered };

  bool plausible(const Piece& piece) const noexcept;
  Datagrams::iterator find_or_begin(const Piece& piece);
  Fate insert(Datagram& datagram, const Piece& piece) const;
  bool complete(Datagrams::iterator datagram, const Piece& last, Whole& whole);
  bool hand_out(std::uint64_t total, Whole& whole);
  void spoil(Datagram& datagram, Fate fate);
  void tell_incomplete(const Datagram& datagram) const;
  void charge(Datagram& datagram) noexcept;
  void forget(Datagrams::iterator datagram) noexcept;
  void evict_oldest() noexcept;

  Limits limits_;
  Incomplete incomplete_;
  Counters counters_;
  std::size_t bytes_ = 0;
  Datagrams datagrams_;
  std::unordered_map<Key, Datagrams::iterator, KeyHash> index_;
  std::string assembled_;  // the datagram handed out last
};

}  // namespace vialens

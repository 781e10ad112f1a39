// One direction of one TCP connection: segments in order, then cut into SIP messages.
//
// Bytes that come in order go to the framing where they lie; only the beginning of a message that goes on in a later
// segment, and what came too early, is copied.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "userspace/reassembly/extents.h"
#include "userspace/reassembly/framing.h"
#include "userspace/reassembly/payload.h"

namespace vialens {

struct TcpLimits {
  std::size_t streams = 4096;
  std::size_t message_bytes = 65536 + 16384;  // headers and body of one message
  std::size_t waiting_bytes = 262144;         // out of order, per stream
  std::size_t waiting_segments = 256;
  std::size_t bytes = 64U << 20U;  // all streams, bookkeeping included
  Duration gap_patience = std::chrono::seconds(3);
  Duration idle = std::chrono::minutes(65);  // over the longest registration keep-alive that we know
};

struct TcpCounters {
  std::uint64_t segments = 0;       // all that came
  std::uint64_t messages = 0;       // handed out, the cut ones included
  std::uint64_t keep_alives = 0;    // CRLFCRLF and CRLF between messages (RFC 5626 3.5.1)
  std::uint64_t retransmitted = 0;  // segments with bytes that had been there
  std::uint64_t out_of_order = 0;   // segments that had to wait
  std::uint64_t gaps = 0;           // given up, or not captured
  std::uint64_t skipped_bytes = 0;  // that came and belong to no message handed out
  std::uint64_t overlapping = 0;    // segments with other bytes than had been there
  std::uint64_t oversized = 0;      // messages longer than the limit
  std::uint64_t evicted = 0;        // streams
};

class TcpStream {
 public:
  using Sink = std::function<void(const Payload&)>;
  // What a stream shares with all others.
  struct Shared {
    const TcpLimits& limits;
    TcpCounters& counters;
    const Sink& sink;
  };

  // The connection's SYN, or, when it was joined later, any piece with bytes.
  explicit TcpStream(const Piece& first);

  // False if a piece with these endpoints is of another connection than what came before: one with another SYN, or far
  // away, or behind the end. Ports are used again, and their SYN may have been missed.
  bool belongs(const Piece& piece) const noexcept;

  void add(const Piece& piece, bool reassembled, const Shared& shared);

  bool has_gap() const noexcept;
  Time gap_since() const noexcept { return gap_since_; }  // only if there is one
  void give_up_gap(Time now, const Shared& shared);       // and the ones behind it that are as old
  void close(const Shared& shared);                       // all gaps; what has begun goes out as cut

  Time last_seen() const noexcept { return last_seen_; }
  std::size_t cost() const noexcept { return pending_.capacity() + waiting_.cost(); }

 private:
  // Bytes in order.
  struct Run {
    std::string_view bytes;
    std::uint32_t length = 0;  // on the wire; the end may be missing
    Time time;
    bool reassembled = false;
    const vialens_match* match = nullptr;
  };

  std::int32_t distance(std::uint32_t sequence) const noexcept;
  void take_in(std::uint64_t at, Run run, const Shared& shared);
  void note_end(const Piece& piece, std::uint64_t at) noexcept;
  void settle(Time now, const Shared& shared);
  void drain(Time since, const Shared& shared);
  void skip_gap(const Shared& shared);
  void consume(const Run& run, const Shared& shared);
  std::size_t frame(std::string_view bytes, std::size_t old, const Run& run, const Shared& shared);
  void lose(std::uint64_t missing, const Shared& shared);
  void hand_out(std::string_view bytes, bool cut, bool reassembled, const vialens_match* match, const Shared& shared);

  Payload about_;        // what all messages of this stream have in common, and the time of its last byte in order
  std::uint32_t start_;  // sequence number of the first byte
  std::uint64_t next_;   // position of the next byte: a sequence number that does not wrap
  std::optional<std::uint64_t> end_;  // position of FIN or RST
  bool closed_ = false;               // all is said; what comes again is known to be old
  bool joined_ = false;               // pending_ came in more than one piece
  Framing framing_;
  std::string pending_;  // the begun message: the bytes in front of next_
  Extents waiting_;      // what came too early
  std::uint64_t gap_at_ = 0;
  Time gap_since_;
  Time last_seen_;
};

}  // namespace vialens

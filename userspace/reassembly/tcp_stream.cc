#include "userspace/reassembly/tcp_stream.h"

#include <algorithm>
#include <utility>

#include "vialens/packet.h"

namespace vialens {
namespace {

// What is farther away from where we are is of another connection, or so much is missing that it makes no difference.
constexpr std::int32_t kWindow = 1 << 20;
// A buffer that held one long message is not kept for the next.
constexpr std::size_t kKeptCapacity = 4096;

bool has(const Piece& piece, unsigned flag) noexcept { return (piece.tcp_flags & flag) != 0; }

// SYN takes one sequence number, its data come behind it (RFC 9293 3.4).
std::uint32_t first_byte(const Piece& piece) noexcept {
  return piece.tcp_sequence + (has(piece, VIALENS_TCP_SYN) ? 1U : 0U);
}

std::uint32_t length_of(const Piece& piece) noexcept {
  const auto captured = static_cast<std::uint32_t>(piece.bytes.size());
  return std::clamp(piece.wire_length, captured, captured + static_cast<std::uint32_t>(kWindow));
}

bool differ(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  return a.substr(0, common) != b.substr(0, common);
}

}  // namespace

// Positions begin at 2^32, so that what lies before the first byte has one, too.
TcpStream::TcpStream(const Piece& first)
    : start_(first_byte(first)),
      next_((std::uint64_t{1} << 32) + start_),
      framing_(has(first, VIALENS_TCP_SYN) ? Framing::Start::boundary : Framing::Start::anywhere),
      last_seen_(first.time) {
  about_.tap = first.tap;
  about_.transport = Transport::tcp;
  about_.source = first.source;
  about_.destination = first.destination;
  about_.time = first.time;
}

std::int32_t TcpStream::distance(std::uint32_t sequence) const noexcept {
  return static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(next_));
}

bool TcpStream::belongs(const Piece& piece) const noexcept {
  const std::uint32_t first = first_byte(piece);
  if (has(piece, VIALENS_TCP_SYN)) return first == start_;
  const std::uint32_t length = length_of(piece);
  if (length == 0) return true;  // says nothing that could begin a connection
  const std::int64_t away = distance(first);
  return away >= -kWindow && away <= kWindow && (!closed_ || away + length <= 0);
}

void TcpStream::add(const Piece& piece, bool reassembled, const Shared& shared) {
  last_seen_ = piece.time;
  const std::int64_t away = distance(first_byte(piece));
  if (away < -kWindow || away > kWindow) return;
  const std::uint64_t at = next_ + static_cast<std::uint64_t>(away);
  const std::uint32_t length = length_of(piece);
  if (length > 0) take_in(at, {piece.bytes, length, piece.time, reassembled, piece.match}, shared);
  if (!closed_) note_end(piece, at + length);
  settle(piece.time, shared);
}

void TcpStream::take_in(std::uint64_t at, Run run, const Shared& shared) {
  bool seen_before = at < next_;
  bool differs = false;
  if (seen_before) {
    const auto old = static_cast<std::uint32_t>(next_ - at);  // at most kWindow
    const std::size_t known = std::min<std::size_t>(old, pending_.size());
    const std::string_view again = run.bytes.substr(std::min(old - known, run.bytes.size()));
    differs = differ(again, {pending_.data() + pending_.size() - known, known});
    run.bytes.remove_prefix(std::min<std::size_t>(old, run.bytes.size()));
    run.length -= std::min(old, run.length);
    run.match = nullptr;
    at = next_;
  }
  if (run.length > 0 && !(end_ && at >= *end_)) {
    if (at == next_ && (waiting_.empty() || waiting_.begin() >= at + run.length)) {
      consume(run, shared);
    } else {
      if (at > next_) ++shared.counters.out_of_order;
      const Extents::Added added = waiting_.add(at, run.bytes, run.length, run.time, run.reassembled);
      seen_before |= added.length < run.length;
      differs |= added.differs;
    }
    drain(run.time, shared);
  }
  if (seen_before) ++shared.counters.retransmitted;
  if (differs) ++shared.counters.overlapping;
}

// `more` says that the packet was too long for one event and goes on: then its FIN stands behind the last of its
// pieces, though all of them carry the flag.
void TcpStream::note_end(const Piece& piece, std::uint64_t at) noexcept {
  if (piece.more || end_) return;
  if (has(piece, VIALENS_TCP_RST)) {
    end_ = std::max(at, next_);
  } else if (has(piece, VIALENS_TCP_FIN) && at >= next_) {
    end_ = at;
  }
}

bool TcpStream::has_gap() const noexcept { return !waiting_.empty() || (end_ && *end_ > next_); }

// Leaves the stream within its bounds, with the clock of its first gap running, and closed if it has come to its end.
void TcpStream::settle(Time now, const Shared& shared) {
  while (waiting_.bytes() > shared.limits.waiting_bytes || waiting_.parts().size() > shared.limits.waiting_segments) {
    skip_gap(shared);
  }
  if (end_ && next_ >= *end_ && !closed_) {
    close(shared);
  } else if (has_gap() && gap_at_ != next_) {
    gap_at_ = next_;
    gap_since_ = now;
  }
  if (pending_.empty() && pending_.capacity() > kKeptCapacity) std::string().swap(pending_);
}

void TcpStream::give_up_gap(Time now, const Shared& shared) {
  do {
    skip_gap(shared);
  } while (!waiting_.empty() && now - waiting_.parts().begin()->second.time > shared.limits.gap_patience);
  settle(now, shared);
}

void TcpStream::close(const Shared& shared) {
  while (has_gap()) skip_gap(shared);
  if (!pending_.empty()) lose(0, shared);
  waiting_.clear();
  std::string().swap(pending_);
  closed_ = true;
}

void TcpStream::skip_gap(const Shared& shared) {
  const std::uint64_t to = waiting_.empty() ? *end_ : waiting_.begin();
  const std::uint64_t missing = to - next_;
  next_ = to;
  lose(missing, shared);
  drain(Time::min(), shared);
}

// What waited is complete only when the bytes in front of it have come, hence the maximum. `since`: when the gap was
// filled, if it was.
void TcpStream::drain(Time since, const Shared& shared) {
  while (!waiting_.empty() && waiting_.begin() == next_) {
    const Extents::Part part = waiting_.take_first();
    since = std::max(since, part.time);
    consume({part.bytes, part.length, since, part.reassembled, nullptr}, shared);
  }
}

void TcpStream::consume(const Run& run, const Shared& shared) {
  about_.time = run.time;
  next_ += run.length;
  const std::size_t old = pending_.size();
  if (old == 0) {
    const std::size_t used = frame(run.bytes, 0, run, shared);
    pending_.assign(run.bytes.substr(used));
    joined_ = run.reassembled;
  } else {
    pending_ += run.bytes;
    const std::size_t used = frame(pending_, old, run, shared);
    pending_.erase(0, used);
    joined_ = used < old || run.reassembled;
  }
  if (run.length > run.bytes.size()) lose(run.length - run.bytes.size(), shared);
}

// Hands out what is complete of `bytes`, of which the first `old` came earlier than `run`. Returns how many are used
// up.
std::size_t TcpStream::frame(std::string_view bytes, std::size_t old, const Run& run, const Shared& shared) {
  std::size_t used = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(used);
    const Framing::Step step = framing_.next(rest, shared.limits.message_bytes);
    const std::string_view front = rest.substr(0, step.length);
    const bool reassembled = used < old || run.reassembled;
    switch (step.verdict) {
      case Framing::Verdict::more:
        return used;
      case Framing::Verdict::message:
        hand_out(front, false, reassembled, front.size() == run.bytes.size() && !reassembled ? run.match : nullptr,
                 shared);
        break;
      case Framing::Verdict::oversized:
        ++shared.counters.oversized;
        hand_out(front, true, reassembled, nullptr, shared);
        break;
      case Framing::Verdict::keep_alive:
        ++shared.counters.keep_alives;
        break;
      case Framing::Verdict::skip:
        shared.counters.skipped_bytes += step.length;
        break;
    }
    used += step.length;
  }
}

// Behind the bytes in hand, `missing` bytes never come.
void TcpStream::lose(std::uint64_t missing, const Shared& shared) {
  if (missing > 0) ++shared.counters.gaps;
  if (framing_.begun() && !pending_.empty()) {
    hand_out(pending_, true, joined_, nullptr, shared);
  } else {
    shared.counters.skipped_bytes += pending_.size();
  }
  framing_.lose(pending_.size(), missing);
  pending_.clear();
}

void TcpStream::hand_out(std::string_view bytes, bool cut, bool reassembled, const vialens_match* match,
                         const Shared& shared) {
  ++shared.counters.messages;
  about_.bytes = bytes;
  about_.cut = cut;
  about_.reassembled = reassembled;
  about_.match = match;
  shared.sink(about_);
}

}  // namespace vialens

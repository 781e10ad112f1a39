#include "userspace/reassembly/tcp_streams.h"

#include <iterator>

#include "vialens/packet.h"

namespace vialens {
namespace {

// What a stream costs beside its buffers: its nodes, and its slot in the hash table.
constexpr std::size_t kNodeCost = 256;

}  // namespace

std::size_t TcpStreams::KeyHash::operator()(const Key& key) const noexcept {
  const std::hash<Endpoint> hash;
  return (hash(key.source) * 31 + hash(key.destination)) * 31 + key.tap;
}

void TcpStreams::add(const Piece& piece, bool reassembled) {
  ++counters_.segments;
  advance(piece.time);
  Entry* const entry = find_or_begin(piece);
  if (entry == nullptr) return;
  entry->stream.add(piece, reassembled, shared());
  settle(*entry);
  while (bytes_ > limits_.bytes && !streams_.empty()) evict_oldest();
}

void TcpStreams::advance(Time now) {
  while (!gaps_.empty() && now - gaps_.front()->stream.gap_since() > limits_.gap_patience) {
    Entry& entry = *gaps_.front();
    entry.stream.give_up_gap(now, shared());
    settle(entry);
  }
  while (!streams_.empty() && now - streams_.front().stream.last_seen() > limits_.idle) forget(streams_.begin());
}

void TcpStreams::finish() {
  while (!streams_.empty()) forget(streams_.begin());
}

// Nothing if the piece neither is of a known stream nor begins one.
TcpStreams::Entry* TcpStreams::find_or_begin(const Piece& piece) {
  const Key key{piece.tap, piece.source, piece.destination};
  const auto found = index_.find(key);
  if (found != index_.end()) {
    const auto entry = found->second;
    streams_.splice(streams_.end(), streams_, entry);
    if (!entry->stream.belongs(piece)) {
      entry->stream.close(shared());
      entry->stream = TcpStream(piece);
    }
    return &*entry;
  }
  if (piece.bytes.empty() && piece.wire_length == 0 && (piece.tcp_flags & VIALENS_TCP_SYN) == 0) return nullptr;
  while (streams_.size() >= limits_.streams && !streams_.empty()) evict_oldest();
  streams_.push_back({key, TcpStream(piece), 0, false, {}, {}});
  index_.emplace(key, std::prev(streams_.end()));
  return &streams_.back();
}

// Brings the books up to date after a stream has changed. A stream whose first gap is a new one goes to the back of the
// queue: its patience begins anew.
void TcpStreams::settle(Entry& entry) {
  bytes_ -= entry.charged;
  entry.charged = sizeof(Entry) + kNodeCost + entry.stream.cost();
  bytes_ += entry.charged;

  const bool waits = entry.stream.has_gap();
  if (waits && !entry.waits) {
    entry.gap = gaps_.insert(gaps_.end(), &entry);
  } else if (!waits && entry.waits) {
    gaps_.erase(entry.gap);
  } else if (waits && entry.stream.gap_since() != entry.gap_since) {
    gaps_.splice(gaps_.end(), gaps_, entry.gap);
  }
  entry.waits = waits;
  entry.gap_since = entry.stream.gap_since();
}

void TcpStreams::forget(Entries::iterator entry) {
  entry->stream.close(shared());
  if (entry->waits) gaps_.erase(entry->gap);
  bytes_ -= entry->charged;
  index_.erase(entry->key);
  streams_.erase(entry);
}

void TcpStreams::evict_oldest() {
  ++counters_.evicted;
  forget(streams_.begin());
}

}  // namespace vialens

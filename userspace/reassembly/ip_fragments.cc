#include "userspace/reassembly/ip_fragments.h"

#include <algorithm>
#include <iterator>

namespace vialens {
namespace {

constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kTcpHeader = 20;
// What a datagram costs beside its parts: two nodes and the hash table's slot.
constexpr std::size_t kDatagramCost = 320;

std::uint32_t load(std::string_view bytes, std::size_t at, std::size_t count) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

// Nothing checks that a capture's lengths agree; more bytes than the wire had are taken for what the wire had.
std::uint32_t length_of(const Piece& piece) noexcept {
  return std::max(piece.wire_length, static_cast<std::uint32_t>(piece.bytes.size()));
}

void set_payload(Piece& piece, std::uint64_t begin, std::uint64_t length) noexcept {
  const std::string_view bytes = piece.bytes;
  piece.bytes = bytes.substr(static_cast<std::size_t>(std::min<std::uint64_t>(begin, bytes.size())),
                             static_cast<std::size_t>(length));
  piece.wire_length = static_cast<std::uint32_t>(length);
}

// UDP and TCP begin alike.
void set_ports(Piece& piece) noexcept {
  piece.source.port = static_cast<std::uint16_t>(load(piece.bytes, 0, 2));
  piece.destination.port = static_cast<std::uint16_t>(load(piece.bytes, 2, 2));
}

// `piece.bytes` begin with the header; `total` is what the wire had of them.
bool read_udp(Piece& piece, std::uint64_t total) noexcept {
  if (piece.bytes.size() < kUdpHeader) return false;
  std::uint64_t length = load(piece.bytes, 4, 2);
  if (length == 0) length = total;  // jumbogram (RFC 2675) or segmentation offload
  if (length < kUdpHeader || length > total) return false;
  piece.kind = Piece::Kind::datagram;
  set_ports(piece);
  set_payload(piece, kUdpHeader, length - kUdpHeader);
  return true;
}

bool read_tcp(Piece& piece, std::uint64_t total) noexcept {
  if (piece.bytes.size() < kTcpHeader) return false;
  const std::size_t header = std::size_t{4} * (load(piece.bytes, 12, 1) >> 4);
  if (header < kTcpHeader || header > total) return false;
  piece.kind = Piece::Kind::segment;
  set_ports(piece);
  piece.tcp_sequence = load(piece.bytes, 4, 4);
  piece.tcp_flags = static_cast<std::uint8_t>(piece.bytes[13]);
  set_payload(piece, header, total - header);
  return true;
}

}  // namespace

std::size_t IpFragments::KeyHash::operator()(const Key& key) const noexcept {
  const std::hash<Address> hash;
  const std::size_t rest = std::size_t{key.ip_id} << 16 | std::size_t{key.tap} << 8 |
                           std::size_t{key.transport == Transport::tcp} << 1 | std::size_t{key.synthetic};
  return (hash(key.source) * 31 + hash(key.destination)) * 31 + rest;
}

bool IpFragments::add(const Piece& piece, Whole& whole) {
  ++counters_.fragments;
  advance(piece.time);
  if (!plausible(piece)) {
    ++counters_.malformed;
    return false;
  }
  if (piece.offset == 0 && !piece.more) {  // an atomic fragment: not to be mixed with others (RFC 6946)
    whole = {piece, false, false};
    return hand_out(length_of(piece), whole);
  }
  const auto datagram = find_or_begin(piece);
  if (datagram->spoilt) return false;
  const Fate fate = insert(*datagram, piece);
  if (fate == Fate::complete) return complete(datagram, piece, whole);
  if (fate != Fate::waiting) spoil(*datagram, fate);
  charge(*datagram);
  while (bytes_ > limits_.bytes && !datagrams_.empty()) evict_oldest();
  return false;
}

void IpFragments::advance(Time now) {
  while (!datagrams_.empty() && now - datagrams_.front().since > limits_.lifetime) {
    if (!datagrams_.front().spoilt) {
      ++counters_.timed_out;
      tell_incomplete(datagrams_.front());
    }
    forget(datagrams_.begin());
  }
}

void IpFragments::finish() { advance(Time::max()); }

void IpFragments::tell_incomplete(const Datagram& datagram) const {
  const auto& parts = datagram.parts.parts();
  if (!incomplete_ || parts.empty() || parts.begin()->first != 0 || datagram.key.transport != Transport::udp ||
      datagram.key.synthetic || parts.begin()->second.bytes.size() < kUdpHeader)
    return;
  Piece piece;
  piece.time = datagram.since;
  piece.tap = datagram.key.tap;
  piece.source.address = datagram.key.source;
  piece.destination.address = datagram.key.destination;
  piece.ip_id = datagram.key.ip_id;
  piece.bytes = parts.begin()->second.bytes;
  set_ports(piece);
  piece.bytes.remove_prefix(kUdpHeader);
  incomplete_(piece);
}

// Offsets count in eights of bytes, so only the last fragment's length need not be a multiple of eight (RFC 791 3.2).
// Our own pieces keep to no such rule.
bool IpFragments::plausible(const Piece& piece) const noexcept {
  const std::uint64_t length = length_of(piece);
  if (length == 0 || piece.offset + length > limits_.datagram_bytes) return false;
  return piece.synthetic || (piece.offset % 8 == 0 && (!piece.more || length % 8 == 0));
}

IpFragments::Datagrams::iterator IpFragments::find_or_begin(const Piece& piece) {
  const Key key{piece.tap,   piece.transport,      piece.synthetic,
                piece.ip_id, piece.source.address, piece.destination.address};
  const auto found = index_.find(key);
  if (found != index_.end()) return found->second;
  while (datagrams_.size() >= limits_.datagrams && !datagrams_.empty()) evict_oldest();
  datagrams_.push_back({key, piece.time, {}, 0, {}, 0, false});
  const auto datagram = std::prev(datagrams_.end());
  index_.emplace(key, datagram);
  return datagram;
}

IpFragments::Fate IpFragments::insert(Datagram& datagram, const Piece& piece) const {
  const std::uint32_t length = length_of(piece);
  const std::uint64_t end = piece.offset + std::uint64_t{length};
  if (!piece.more) {
    if (datagram.total.value_or(end) != end || datagram.parts.end() > end) return Fate::malformed;
    datagram.total = end;
  } else if (datagram.total && end > *datagram.total) {
    return Fate::malformed;
  }
  const Extents::Added added = datagram.parts.add(piece.offset, piece.bytes, length, piece.time);
  datagram.covered += added.length;
  if (added.differs) return Fate::overlapping;
  if (datagram.parts.parts().size() > limits_.pieces) return Fate::scattered;
  return datagram.total == datagram.covered ? Fate::complete : Fate::waiting;
}

bool IpFragments::complete(Datagrams::iterator datagram, const Piece& last, Whole& whole) {
  const std::uint64_t total = datagram->covered;
  assembled_.clear();
  assembled_.reserve(datagram->parts.bytes());
  for (const auto& [at, part] : datagram->parts.parts()) {
    assembled_ += part.bytes;
    if (part.bytes.size() < part.length) break;
  }
  forget(datagram);
  whole = {last, false, true};
  whole.piece.bytes = assembled_;
  return hand_out(total, whole);
}

bool IpFragments::hand_out(std::uint64_t total, Whole& whole) {
  Piece& piece = whole.piece;
  if (!(piece.transport == Transport::udp ? read_udp(piece, total) : read_tcp(piece, total))) {
    ++counters_.malformed;
    return false;
  }
  piece.more = false;
  piece.offset = 0;
  piece.match = nullptr;
  whole.cut = piece.bytes.size() < piece.wire_length;
  ++counters_.completed;
  return true;
}

// Its bytes go; its key stays, so that what is still to come of it makes no datagram of its own.
void IpFragments::spoil(Datagram& datagram, Fate fate) {
  if (fate == Fate::overlapping) ++counters_.overlapping;
  if (fate == Fate::malformed) ++counters_.malformed;
  if (fate == Fate::scattered) ++counters_.evicted;
  datagram.parts.clear();
  datagram.spoilt = true;
}

void IpFragments::charge(Datagram& datagram) noexcept {
  bytes_ -= datagram.charged;
  datagram.charged = kDatagramCost + datagram.parts.cost();
  bytes_ += datagram.charged;
}

void IpFragments::forget(Datagrams::iterator datagram) noexcept {
  bytes_ -= datagram->charged;
  index_.erase(datagram->key);
  datagrams_.erase(datagram);
}

void IpFragments::evict_oldest() noexcept {
  if (!datagrams_.front().spoilt) ++counters_.evicted;
  forget(datagrams_.begin());
}

}  // namespace vialens

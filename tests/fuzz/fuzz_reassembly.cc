// Fragments and segments as nobody should send them.
//
// The first byte chooses between three games. In the first the input is a list of pieces with all their fields, and
// what must hold is that memory stays bounded and that what comes out lies within what went in. In the other two the
// input is a stream or a datagram and the way to cut, repeat and shuffle it, and what must hold is that the result is
// the same as without all that.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "userspace/reassembly/reassembly.h"
#include "vialens/packet.h"

namespace {

using namespace vialens;

constexpr Time kStart{std::chrono::seconds(1'000'000)};

void require(bool condition) {
  if (!condition) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view take(std::size_t count) {
    const std::string_view front = rest_.substr(0, count);
    rest_.remove_prefix(front.size());
    return front;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

Piece piece_from(Input& in, Time& now) {
  static const Address kAddresses[] = {*Address::parse("192.0.2.1"), *Address::parse("2001:db8::1")};
  Piece piece;
  const std::uint32_t bits = in.number(1);
  const std::uint32_t ends = in.number(1);
  now += std::chrono::milliseconds(in.number(1) * in.number(1)) - std::chrono::seconds(1);
  piece.time = now;
  piece.tap = static_cast<TapId>(ends >> 7);
  piece.kind = static_cast<Piece::Kind>(1 + (bits & 1));
  piece.transport = (bits & 2) != 0 || (bits & 1) != 0 ? Transport::tcp : Transport::udp;
  piece.more = (bits & 4) != 0;
  piece.synthetic = (bits & 8) != 0;
  if ((bits & 0x10) != 0) piece.tcp_flags = static_cast<std::uint8_t>(in.number(1));
  piece.source = {kAddresses[ends & 1], static_cast<std::uint16_t>(5060 + (ends >> 1 & 3))};
  piece.destination = {kAddresses[ends >> 3 & 1], 5060};
  piece.ip_id = ends >> 4 & 7;
  const std::uint32_t position = in.number((bits & 0x20) != 0 ? 4 : 2);
  piece.offset = (bits & 0x40) != 0 ? position : position % 64 * 8;
  piece.tcp_sequence = (bits & 0x40) != 0 ? position : position % 256;
  piece.bytes = in.take(in.number(1));
  piece.wire_length = static_cast<std::uint32_t>(piece.bytes.size()) + ((bits & 0x80) != 0 ? in.number(2) : 0);
  return piece;
}

// Small limits, so that they are met.
TcpLimits small_tcp_limits() {
  TcpLimits limits;
  limits.streams = 6;
  limits.message_bytes = 500;
  limits.waiting_bytes = 700;
  limits.waiting_segments = 8;
  limits.bytes = 12'000;
  limits.idle = std::chrono::minutes(5);
  return limits;
}

IpFragments::Limits small_fragment_limits() {
  IpFragments::Limits limits;
  limits.datagrams = 5;
  limits.bytes = 8000;
  limits.pieces = 6;
  return limits;
}

void take_pieces(Input& in) {
  const TcpLimits tcp_limits = small_tcp_limits();
  const IpFragments::Limits limits = small_fragment_limits();
  std::size_t given = 0;
  std::size_t handed_out = 0;
  TcpStreams streams(tcp_limits, [&](const Payload& payload) {
    require(!payload.bytes.empty() && payload.bytes.size() <= 500 + Framing::kMaxStartLine);
    require(payload.transport == Transport::tcp && payload.ip_id == 0 && payload.match == nullptr);
    handed_out += payload.bytes.size();
  });
  IpFragments fragments(limits);
  Time now = kStart;
  while (!in.empty()) {
    const Piece piece = piece_from(in, now);
    IpFragments::Whole whole;
    if (piece.kind == Piece::Kind::segment) {
      given += piece.bytes.size();
      streams.add(piece);
    } else if (fragments.add(piece, whole)) {
      require(whole.piece.bytes.size() <= limits.datagram_bytes);
      require(whole.cut == (whole.piece.bytes.size() < whole.piece.wire_length));
      require(whole.piece.transport == piece.transport && !whole.piece.more);
      given += whole.piece.bytes.size();
      if (whole.piece.kind == Piece::Kind::segment) streams.add(whole.piece, whole.reassembled);
    }
    require(fragments.in_flight() <= limits.datagrams && fragments.bytes() <= limits.bytes);
    require(streams.streams() <= tcp_limits.streams && streams.bytes() <= tcp_limits.bytes);
  }
  streams.finish();
  fragments.advance(now + std::chrono::hours(1));
  require(streams.bytes() == 0 && fragments.bytes() == 0);
  require(handed_out + streams.counters().skipped_bytes <= given);
}

// [from, to) pairs that cover [0, size) in steps that the input chooses, some of them twice or overlapping, in an order
// that it chooses, too.
std::vector<std::pair<std::size_t, std::size_t>> cuts(Input& in, std::size_t size, std::size_t unit) {
  std::vector<std::pair<std::size_t, std::size_t>> all;
  std::uint32_t seed = in.number(2);
  const std::size_t longest = 1 + in.number(1);
  const auto random = [&seed] { return (seed = seed * 1664525U + 1013904223U) >> 16U; };
  for (std::size_t at = 0; at < size;) {
    const std::size_t to = std::min(size, at + (1 + random() % longest) * unit);
    all.emplace_back(at - std::min(at, random() % 3 * unit), to);
    if (random() % 4 == 0) all.push_back(all.back());
    at = to;
  }
  const std::size_t reach = 1 + in.number(1) % 16;
  for (std::size_t i = 0; i < all.size(); ++i) std::swap(all[i], all[std::min(all.size() - 1, i + random() % reach)]);
  return all;
}

Piece tcp_piece(std::uint32_t sequence, std::string_view bytes, unsigned flags = 0) {
  Piece piece;
  piece.time = kStart;
  piece.kind = Piece::Kind::segment;
  piece.transport = Transport::tcp;
  piece.tcp_flags = static_cast<std::uint8_t>(flags);
  piece.tcp_sequence = sequence;
  piece.bytes = bytes;
  piece.wire_length = static_cast<std::uint32_t>(bytes.size());
  return piece;
}

// Repeats "message templates" that the mutator need not invent.
std::string stream_from(Input& in) {
  static constexpr std::string_view kTemplates[] = {
      "INVITE sip:a@b SIP/2.0\r\nContent-Length: 5\r\n\r\nhello",    "SIP/2.0 200 OK\r\nl: 0\r\n\r\n", "\r\n\r\n",
      "NOTIFY sip:a@b SIP/2.0\nL :\n  20\n\nSIP/2.0 100 Trying\r\n", "SIP/2.0 100 Trying\r\n",         "junk\r\n",
      "BYE sip:a@b SIP/2.0\r\nContent-Length: 700\r\n\r\n"};
  std::string stream;
  for (std::uint32_t left = in.number(1) % 16; left > 0; --left) {
    const std::uint32_t choice = in.number(1);
    if (choice == 7) stream.append(Framing::kMaxStartLine - 8 + in.number(1), 'x');  // about the longest start line
    stream += choice < 7 ? kTemplates[choice] : in.take(choice % 32);
  }
  return stream;
}

void shuffle_stream(Input& in) {
  const std::uint32_t first = in.number(1) * 0x01010101U;
  Input shape = in;
  in.number(4);
  const std::string stream = stream_from(in);
  std::vector<std::string> expected;
  std::vector<std::string> got;
  TcpLimits limits;
  limits.message_bytes = 400;
  TcpStreams whole(limits, [&](const Payload& payload) { expected.emplace_back(payload.bytes); });
  TcpStreams parts(limits, [&](const Payload& payload) { got.emplace_back(payload.bytes); });
  whole.add(tcp_piece(first - 1, stream, VIALENS_TCP_SYN));
  parts.add(tcp_piece(first - 1, "", VIALENS_TCP_SYN));
  for (const auto& [from, to] : cuts(shape, stream.size(), 1)) {
    parts.add(tcp_piece(first + static_cast<std::uint32_t>(from), std::string_view(stream).substr(from, to - from)));
  }
  whole.finish();
  parts.finish();
  require(got == expected);
  require(parts.counters().gaps == 0 && parts.counters().overlapping == 0);
  require(parts.counters().skipped_bytes == whole.counters().skipped_bytes);
}

void shuffle_datagram(Input& in) {
  Input shape = in;
  in.number(4);
  const std::string_view payload = in.rest();
  const auto length = static_cast<std::uint32_t>(payload.size() + 8);
  if (length > 65'535) return;
  std::string packet{"\x13\xc4\x13\xc6", 4};
  packet += {static_cast<char>(length >> 8), static_cast<char>(length & 0xff), 0, 0};
  packet += payload;
  IpFragments::Limits limits;
  limits.pieces = 100'000;
  IpFragments fragments(limits);
  IpFragments::Whole whole;
  int completed = 0;
  for (const auto& [from, to] : cuts(shape, packet.size(), 8)) {
    Piece piece = tcp_piece(0, std::string_view(packet).substr(from, to - from));
    piece.kind = Piece::Kind::fragment;
    piece.transport = Transport::udp;
    piece.offset = static_cast<std::uint32_t>(from);
    piece.more = to < packet.size();
    if (!fragments.add(piece, whole)) continue;
    require(whole.piece.bytes == payload && !whole.cut && whole.piece.source.port == 5060);
    ++completed;
  }
  require(completed >= 1 && fragments.counters().overlapping == 0 && fragments.counters().malformed == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  switch (in.number(1) % 3) {
    case 0:
      take_pieces(in);
      break;
    case 1:
      shuffle_stream(in);
      break;
    default:
      shuffle_datagram(in);
  }
  return 0;
}

// libFuzzer target for the tap: whatever the frame, it ends in one counter, and nothing is handed up that it does not
// hold.
//
// The first byte says how to read the rest: bit 0, with an Ethernet header or without; bit 1, as a capture that was cut
// (16 bits follow: how many bytes there were); bit 2, as several frames, each of which begins with its length in 16
// bits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <tuple>

#include "userspace/capture/host_tap.h"

namespace {

using vialens::Piece;

void require(bool condition) {
  if (!condition) std::abort();
}

class Checker {
 public:
  explicit Checker(bool ethernet) : ethernet_(ethernet), tap_(7, kPorts, [this](const Piece& piece) { check(piece); }) {
    // End points that mutations of a frame between two hosts hit, and that change what is made of a datagram.
    for (const std::uint16_t port : {std::uint16_t{16384}, std::uint16_t{40000}}) {
      vialens::MediaEndpoint endpoint;
      endpoint.at = {*vialens::Address::parse("192.0.2.2"), port};
      endpoint.rtp = endpoint.rtcp = true;
      endpoint.fax = port == 16384;
      endpoint.types = {{96, 48000, false}, {101, 8000, true}};
      tap_.expect(endpoint);
    }
  }

  void run(std::span<const std::uint8_t> frame, std::uint32_t wire_length) {
    frame_ = frame;
    wire_length_ = wire_length;
    in_hand_ = on_wire_ = 0;
    tap_.packet(vialens::Time(vialens::Duration(++frames_)), frame, wire_length, ethernet_);
    bytes_ += wire_length;

    const auto& counters = tap_.counters();
    std::uint64_t counted = 0;
    for (const auto bytes : counters.bytes) counted += bytes;
    require(counted == bytes_);
    require(vialens::packets(counters) == frames_);
    require(counters.events == events_);
    std::uint64_t messages = 0;
    for (const auto method : counters.methods) messages += method;
    for (const auto status : counters.status) messages += status;
    require(messages <= frames_);
    require(counters.unfinished <= messages);
    require(counters.packets[VIALENS_O_RTP] + counters.packets[VIALENS_O_UDPTL] + counters.packets[VIALENS_O_RTCP] -
                counters.flows_failed ==
            packets_of_flows() + packets_of_rtcp());
    require(in_dtls_ <= counters.packets[VIALENS_O_DTLS]);  // most of it is of nobody's media
    require(std::max({counters.private_via, counters.private_contact, counters.private_sdp}) <= messages);
  }

 private:
  // Frames are too few to evict a flow.
  std::uint64_t packets_of_flows() {
    tap_.flows([this](const vialens::Flow& flow) {
      auto& known = flows_[{flow.source, flow.destination, flow.ssrc, flow.kind}];
      require(flow.packets > known);
      require(flow.silent + flow.comfort_noise + flow.events <= flow.packets);
      require(flow.duplicates + flow.reordered + flow.strays + flow.restarts <= flow.packets);
      require(flow.lost <= flow.expected);
      require(flow.burst_lost <= flow.burst_packets && 2 * flow.bursts <= flow.burst_lost);
      require(!flow.jitter_ms || (*flow.jitter_ms >= 0 && *flow.jitter_ms <= 1000 && flow.clock_rate >= 1000));
      // The first of several fragments stands for all, with the length of the whole: the others may never come.
      require(flow.bytes <= 65'535 * flow.packets);
      (flow.kind == vialens::FlowKind::dtls ? in_dtls_ : in_flows_) += flow.packets - known;
      known = flow.packets;
    });
    return in_flows_;
  }

  std::uint64_t packets_of_rtcp() {
    tap_.rtcp([this](const vialens::RtcpSource& source) {
      auto& known = senders_[{source.source, source.destination, source.ssrc}];
      require(source.packets > known);
      require(source.malformed <= source.packets);
      in_rtcp_ += source.packets - known;
      known = source.packets;
    });
    return in_rtcp_;
  }

  static constexpr std::uint16_t kPorts[] = {5060, 5061};

  void check(const Piece& piece) {
    ++events_;
    require(piece.tap == 7);
    require(piece.bytes.size() <= VIALENS_CHUNK);
    require(piece.bytes.size() <= piece.wire_length);
    in_hand_ += piece.bytes.size();
    on_wire_ += piece.wire_length;
    require(in_hand_ <= frame_.size());
    require(on_wire_ <= wire_length_);
    // The bytes are the frame's.
    require(std::search(frame_.begin(), frame_.end(), piece.bytes.begin(), piece.bytes.end(),
                        [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != frame_.end() ||
            piece.bytes.empty());
    if (piece.kind == Piece::Kind::fragment) require(piece.bytes.size() > 0);
    if (piece.match != nullptr) check(*piece.match, piece);
  }

  static void check(const vialens_match& match, const Piece& piece) {
    require(piece.kind != Piece::Kind::fragment);
    require(match.method < VIALENS_METHODS);
    require((match.method == 0) != (match.status == 0));
    require(match.status == 0 || (match.status >= 100 && match.status < 700));
    require(match.lines <= 128);
    require(match.body_off <= piece.wire_length);
    for (const vialens_span& span : match.field) {
      require(span.off + span.len <= piece.wire_length);
      require(span.off != 0 || span.len == 0);
    }
  }

  std::span<const std::uint8_t> frame_;
  std::uint32_t wire_length_ = 0;
  std::uint64_t in_hand_ = 0, on_wire_ = 0;  // of one frame
  std::uint64_t frames_ = 0, bytes_ = 0, events_ = 0;
  // packets
  std::map<std::tuple<vialens::Endpoint, vialens::Endpoint, std::uint32_t, vialens::FlowKind>, std::uint64_t> flows_;
  std::map<std::tuple<vialens::Endpoint, vialens::Endpoint, std::uint32_t>, std::uint64_t> senders_;
  std::uint64_t in_flows_ = 0, in_dtls_ = 0, in_rtcp_ = 0;
  bool ethernet_;
  vialens::HostTap tap_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> rest(data, size);
  if (rest.empty()) return 0;
  const std::uint8_t how = rest[0];
  rest = rest.subspan(1);
  const auto number = [&rest]() -> std::uint32_t {
    if (rest.size() < 2) {
      rest = {};
      return 0;
    }
    const auto result = static_cast<std::uint32_t>(rest[0] << 8U | rest[1]);
    rest = rest.subspan(2);
    return result;
  };

  Checker checker((how & 1U) == 0);
  std::uint32_t cut = (how & 2U) != 0 ? number() : 0;
  while (!rest.empty()) {
    const std::size_t length = (how & 4U) != 0 ? std::min<std::size_t>(number(), rest.size()) : rest.size();
    checker.run(rest.first(length), static_cast<std::uint32_t>(length) + cut);
    rest = rest.subspan(length);
  }
  return 0;
}

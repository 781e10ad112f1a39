#include "userspace/capture/decode.h"

#include <algorithm>

#include "vialens/packet.h"

// The shared code keeps the kernel's style, in which int and __u8 mix freely.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#include "vialens/sequence.h"
#pragma GCC diagnostic pop

namespace vialens {
namespace {

Address address(const __u8 (&bytes)[16]) noexcept {
  Address result;
  std::copy(std::begin(bytes), std::end(bytes), result.bytes.begin());
  return result;
}

Time time_of(std::uint64_t ns, Duration utc) noexcept { return Time(std::chrono::nanoseconds(ns) + utc); }

template <class Named>
void name(Named& to, const vialens_flow_key& key) noexcept {
  to.tap = key.tap;
  to.source = {address(key.saddr), key.sport};
  to.destination = {address(key.daddr), key.dport};
  to.ssrc = key.ssrc;
}

// What is still in the window and has not come counts as lost, too: a packet that is later makes it good.
void add_sequence(Flow& to, vialens_flow flow) noexcept {
  vialens_sequence_leave(&flow, VIALENS_WINDOW);
  to.expected = std::uint64_t{flow.expected} + flow.highest - flow.base + 1;
  to.duplicates = flow.duplicates;
  to.reordered = flow.reordered;
  to.strays = flow.strays;
  const std::uint64_t came = flow.packets - flow.duplicates - flow.strays;
  to.lost = to.expected - std::min(to.expected, came);
  to.wraps = (flow.highest >> 16U) - 1;
  to.restarts = flow.restarts;
  to.bursts = flow.bursts;
  to.burst_lost = flow.burst_lost;
  to.burst_packets = flow.burst_packets;
}

void add_jitter(Flow& to, const vialens_flow& flow) noexcept {
  constexpr double kMilli = 1e6;
  to.clock_rate = flow.clock_rate;
  if (flow.jitter == 0 && flow.jitter_count == 0) return;  // no two packets were timed
  to.jitter_ms = static_cast<double>(flow.jitter) / 16 / kMilli;
  if (flow.jitter_count == 0) return;
  to.mean_jitter_ms = static_cast<double>(flow.jitter_sum) / flow.jitter_count / kMilli;
  to.most_jitter_ms = flow.jitter_most / kMilli;
}

}  // namespace

Piece decode(const vialens_event& event, std::string_view bytes, Time time) noexcept {
  Piece piece;
  piece.time = time;
  piece.tap = event.tap;
  piece.kind = event.kind == VIALENS_SEGMENT    ? Piece::Kind::segment
               : event.kind == VIALENS_FRAGMENT ? Piece::Kind::fragment
                                                : Piece::Kind::datagram;
  piece.transport = event.protocol == VIALENS_IPPROTO_TCP ? Transport::tcp : Transport::udp;
  piece.more = event.more != 0;
  piece.synthetic = event.synthetic != 0;
  piece.tcp_flags = event.tcp_flags;
  piece.source = {address(event.saddr), event.sport};
  piece.destination = {address(event.daddr), event.dport};
  piece.ip_id = event.ip_id;
  piece.offset = event.piece_off;
  piece.tcp_sequence = event.tcp_seq;
  piece.wire_length = event.wire_len;
  piece.bytes = bytes;
  if (event.match.method != VIALENS_M_NONE || event.match.status != 0) piece.match = &event.match;
  return piece;
}

Flow decode(const vialens_flow_key& key, const vialens_flow& flow, Duration utc) noexcept {
  Flow result;
  name(result, key);
  result.kind = key.kind == VIALENS_K_FAX ? FlowKind::fax : key.kind == VIALENS_K_DTLS ? FlowKind::dtls : FlowKind::rtp;
  result.believed = flow.believed != 0;
  result.negotiated = flow.negotiated != 0;
  result.first = time_of(flow.first_ns, utc);
  result.last = time_of(flow.last_ns, utc);
  result.longest_gap = std::chrono::nanoseconds(flow.longest_gap_ns);
  result.packets = flow.packets;
  result.bytes = flow.bytes;
  result.silent = flow.silent;
  result.comfort_noise = flow.comfort_noise;
  result.events = flow.events;
  result.markers = flow.markers;
  result.payload_type = flow.last_payload_type;
  result.payload_types = {flow.payload_types[0], flow.payload_types[1]};
  result.dscp = flow.dscp;
  result.dscps = flow.dscps;
  add_sequence(result, flow);
  add_jitter(result, flow);
  return result;
}

RtcpSource decode(const vialens_flow_key& key, const vialens_rtcp& rtcp, Duration utc) noexcept {
  RtcpSource result;
  name(result, key);
  result.negotiated = rtcp.negotiated != 0;
  result.first = time_of(rtcp.first_ns, utc);
  result.last = time_of(rtcp.last_ns, utc);
  result.packets = rtcp.packets;
  result.malformed = rtcp.malformed;
  result.sender_reports = rtcp.sender_reports;
  result.receiver_reports = rtcp.receiver_reports;
  result.bye = rtcp.bye != 0;
  result.sent_packets = rtcp.sent_packets;
  result.sent_octets = rtcp.sent_octets;
  result.ntp_middle = rtcp.ntp_middle;
  if (rtcp.sender_reports != 0) result.reported = time_of(rtcp.reported_ns, utc);
  for (const vialens_report& report : rtcp.reports) {
    if (report.reports == 0) break;
    RtcpReport& to = result.blocks[result.block_count++];
    to.ssrc = report.ssrc;
    to.reports = report.reports;
    to.seen = time_of(report.seen_ns, utc);
    to.fraction_lost = static_cast<double>(report.loss >> 24U) / 256;
    to.lost = static_cast<std::int32_t>(report.loss << 8U) >> 8U;  // 24 bits and a sign
    to.first_highest = report.first_highest;
    to.highest = report.highest;
    to.jitter = report.jitter;
    to.lsr = report.lsr;
    to.dlsr = std::chrono::nanoseconds(report.dlsr * std::uint64_t{1'000'000'000} >> 16U);
  }
  return result;
}

std::pair<vialens_endpoint_key, vialens_endpoint> encode(const MediaEndpoint& endpoint) noexcept {
  vialens_endpoint_key key{};
  std::copy(endpoint.at.address.bytes.begin(), endpoint.at.address.bytes.end(), std::begin(key.addr));
  key.port = endpoint.at.port;
  vialens_endpoint value{};
  value.kinds = static_cast<__u8>((endpoint.rtp ? VIALENS_E_RTP : 0) | (endpoint.rtcp ? VIALENS_E_RTCP : 0) |
                                  (endpoint.fax ? VIALENS_E_FAX : 0));
  for (const MediaEndpoint::Type& type : endpoint.types) {
    if (type.number >= std::size(value.types)) continue;
    auto* const rate = std::find_if(std::begin(value.rates) + 1, std::end(value.rates),
                                    [&](__u32 known) { return known == type.clock_rate || known == 0; });
    if (rate == std::end(value.rates)) continue;
    *rate = type.clock_rate;
    value.types[type.number] =
        static_cast<__u8>((rate - std::begin(value.rates)) | (type.event ? VIALENS_TYPE_EVENT : 0));
  }
  return {key, value};
}

vialens_endpoint merged(const vialens_endpoint& known, const vialens_endpoint& anew) noexcept {
  vialens_endpoint result = (anew.kinds & VIALENS_E_RTP) != 0 ? anew : known;
  result.kinds = static_cast<__u8>(anew.kinds | (known.kinds & (VIALENS_E_RTP | VIALENS_E_RTCP)));
  return result;
}

}  // namespace vialens

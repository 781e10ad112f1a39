// What one RTP stream, and what one sender of RTCP, has told at one tap up to now.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "userspace/capture/piece.h"

namespace vialens {

enum class FlowKind : std::uint8_t {
  rtp,
  fax,   // T.38 over UDPTL: has no SSRC, payload type, clock or jitter
  dtls,  // the handshake of DTLS-SRTP (RFC 5764) of a negotiated end point: has no sequence either
};

// Counts run from the flow's first packet on. What is not `believed` may be something else that looks like RTP: nobody
// announced it, and no two of its packets were in sequence. A flow that begins anew because the table was full for a
// while begins at 0 again, with a later `first`.
struct Flow {
  TapId tap = 0;
  Endpoint source, destination;
  std::uint32_t ssrc = 0;
  FlowKind kind = FlowKind::rtp;
  bool believed = false;    // negotiated, or two packets in sequence at a plausible rate were seen (RFC 3550 A.1)
  bool negotiated = false;  // a session description names its destination or its source
  Time first, last;
  Duration longest_gap{};  // between two packets
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;                       // behind the RTP header, padding included
  std::uint64_t silent = 0;                      // packets of G.711 that say nothing
  std::uint64_t comfort_noise = 0;               // packets of payload type 13
  std::uint64_t events = 0;                      // packets of telephone-event (RFC 4733)
  std::uint64_t markers = 0;                     // packets with the marker bit
  std::uint8_t payload_type = 0;                 // of the last packet
  std::array<std::uint64_t, 2> payload_types{};  // those that were seen, one bit each; of DTLS, content types
  std::uint8_t dscp = 0;                         // of the last packet
  std::uint64_t dscps = 0;                       // those that were seen, one bit each

  // By sequence numbers. expected == packets - duplicates - strays + lost, but for packets that came twice and more
  // than 64 numbers late: those count as reordered.
  std::uint64_t expected = 0;  // from the first to the highest (RFC 3550 A.3)
  std::uint64_t lost = 0;      // never came, or not yet. RFC 3550 takes duplicates off this, we do not
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;  // came, but late
  std::uint64_t strays = 0;     // far off the sequence, and the next one did not follow
  std::uint32_t wraps = 0;      // of the sequence number
  std::uint32_t restarts = 0;   // the source went on with other numbers (RFC 3550 A.1)

  // Loss in bursts and in gaps (RFC 3611 4.7.2, Gmin 16): in a burst, fewer than 16 packets come between two lost ones.
  // What is lost outside of bursts is lost alone.
  std::uint64_t bursts = 0;
  std::uint64_t burst_lost = 0;     // in bursts
  std::uint64_t burst_packets = 0;  // lost or not, from the first lost one of a burst to its last

  // RFC 3550 A.8, not of telephone-events. Nothing where the clock rate is unknown, or before the second packet. Mean
  // and most are those of the running value, as tshark has them: not at the beginning of a talkspurt.
  std::uint32_t clock_rate = 0;  // Hz, of the payload type that was timed last; 0 unknown
  std::optional<double> jitter_ms, mean_jitter_ms, most_jitter_ms;

  double loss() const noexcept { return expected == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(expected); }
  bool dscp_changed() const noexcept { return (dscps & (dscps - 1)) != 0; }
};

using FlowSink = std::function<void(const Flow&)>;

// What a receiver says of one source (RFC 3550 6.4.1).
struct RtcpReport {
  std::uint32_t ssrc = 0;                        // whom it is about
  std::uint64_t reports = 0;                     // how many there were
  Time seen{};                                   // the last one
  double fraction_lost = 0;                      // since the report before, 0 to 1
  std::int32_t lost = 0;                         // since the beginning; duplicates taken off
  std::uint32_t first_highest = 0, highest = 0;  // extended highest sequence number received, first and last told
  std::uint32_t jitter = 0;                      // in units of the source's clock
  std::uint32_t lsr = 0;  // the sender report that it received last, middle of its NTP time; 0 none
  Duration dlsr{};        // how long ago that was
  // From the tap to the receiver and back, where the sender report was seen here.
  std::optional<Duration> round_trip;
};

// One sender of RTCP: 5-tuple and SSRC, at one tap.
struct RtcpSource {
  static constexpr std::size_t kReports = VIALENS_REPORTS;

  TapId tap = 0;
  Endpoint source, destination;
  std::uint32_t ssrc = 0;
  bool negotiated = false;  // a session description names its destination or its source
  Time first, last;
  std::uint64_t packets = 0;    // compound ones
  std::uint64_t malformed = 0;  // of these: not RTCP by RFC 3550 A.2, encrypted (SRTCP) or cut. Nothing is read in them
  std::uint64_t sender_reports = 0, receiver_reports = 0;
  bool bye = false;

  // From its last sender report.
  std::uint32_t sent_packets = 0, sent_octets = 0;
  std::uint32_t ntp_middle = 0;  // middle 32 bits of its NTP time
  Time reported{};               // when it was seen

  std::array<RtcpReport, kReports> blocks{};
  std::size_t block_count = 0;
  std::span<const RtcpReport> reports() const noexcept { return {blocks.data(), block_count}; }
};

using RtcpSink = std::function<void(const RtcpSource&)>;

}  // namespace vialens

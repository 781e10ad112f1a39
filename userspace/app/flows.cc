#include "userspace/app/flows.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace vialens::app {
namespace {

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string jitter(const Flow& flow) {
  if (!flow.jitter_ms) return "no jitter known";
  return fmt::format("{} Hz, jitter {:.3f} ms, mean {:.3f} ms, most {:.3f} ms", flow.clock_rate, *flow.jitter_ms,
                     flow.mean_jitter_ms.value_or(0), flow.most_jitter_ms.value_or(0));
}

}  // namespace

// What depends on time comes last: the rest of two lines about the same packets is the same.
void log_flow(const Flow& flow, std::span<const TapInfo> taps) {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  std::string what = flow.kind == FlowKind::fax    ? std::string("T.38")
                     : flow.kind == FlowKind::dtls ? std::string("handshake")
                                                   : fmt::format("payload type {}", flow.payload_type);
  spdlog::debug(
      "{} at {}: {} > {} ssrc {:08x}, {}, {} packets, {} bytes, {} lost of {}, {} duplicates, {} reordered, {} strays, "
      "{} wraps, {} restarts, {} bursts with {} lost of {}, {} silent, {} comfort noise, {} events, {} markers, dscp "
      "{}{}, {}{}, longest gap {:.1f} ms, {}",
      flow.kind == FlowKind::fax    ? "UDPTL"
      : flow.kind == FlowKind::dtls ? "DTLS"
                                    : "RTP",
      taps[flow.tap].name, to_string(flow.source), to_string(flow.destination), flow.ssrc, what, flow.packets,
      flow.bytes, flow.lost, flow.expected, flow.duplicates, flow.reordered, flow.strays, flow.wraps, flow.restarts,
      flow.bursts, flow.burst_lost, flow.burst_packets, flow.silent, flow.comfort_noise, flow.events, flow.markers,
      flow.dscp, flow.dscp_changed() ? " changed" : "", flow.negotiated ? "negotiated" : "unannounced",
      flow.believed ? "" : ", not believed", milliseconds(flow.longest_gap), jitter(flow));
}

void log_rtcp(const RtcpSource& source, std::span<const TapInfo> taps) {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  std::string reports;
  for (const RtcpReport& report : source.reports())
    reports +=
        fmt::format("; on {:08x}: {:.1f} % lost, {} in all, highest {} after {}, jitter {}{}", report.ssrc,
                    100 * report.fraction_lost, report.lost, report.highest, report.first_highest, report.jitter,
                    report.round_trip ? fmt::format(", round trip {:.1f} ms", milliseconds(*report.round_trip)) : "");
  spdlog::debug(
      "RTCP at {}: {} > {} ssrc {:08x}, {} packets, {} malformed, {} SR, {} RR, sent {} packets, {} octets{}{}",
      taps[source.tap].name, to_string(source.source), to_string(source.destination), source.ssrc, source.packets,
      source.malformed, source.sender_reports, source.receiver_reports, source.sent_packets, source.sent_octets,
      source.bye ? ", bye" : "", reports);
}

}  // namespace vialens::app

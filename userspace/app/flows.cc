#include "userspace/app/flows.h"

#include <spdlog/spdlog.h>

namespace vialens::app {

void log_flow(const Flow& flow, std::span<const TapInfo> taps) {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  const double gap = std::chrono::duration<double, std::milli>(flow.longest_gap).count();
  spdlog::debug(
      "RTP at {}: {} > {} ssrc {:08x}, payload type {}, {} packets, {} bytes, {} silent, {} comfort noise, longest gap "
      "{:.1f} ms{}",
      taps[flow.tap].name, to_string(flow.source), to_string(flow.destination), flow.ssrc, flow.payload_type,
      flow.packets, flow.bytes, flow.silent, flow.comfort_noise, gap, flow.believed ? "" : ", not believed");
}

}  // namespace vialens::app

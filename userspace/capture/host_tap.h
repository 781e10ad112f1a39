// The kernel's tap, run on frames that come out of a file: include/vialens/tap.h compiled for the host.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "userspace/capture/flow.h"
#include "userspace/capture/media_endpoint.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/table_fill.h"

namespace vialens {

class HostTap {
 public:
  using Sink = std::function<void(const Piece&)>;

  // `sip_ports`: the ports that are configured as SIP.
  HostTap(TapId id, std::span<const std::uint16_t> sip_ports, Sink sink);
  ~HostTap();
  HostTap(HostTap&&) noexcept;

  // One frame, of which `wire_length` bytes existed. `ethernet`: begins with an Ethernet header, else with IP.
  // Calls the sink for what is handed up; its pieces are valid during that call.
  void packet(Time time, std::span<const std::uint8_t> frame, std::uint32_t wire_length, bool ethernet);

  void expect(const MediaEndpoint& endpoint);  // replaces what was known of it

  const TapCounters& counters() const noexcept;
  void flows(const FlowSink& sink);                  // those that changed since the last call
  void rtcp(const RtcpSink& sink);                   // likewise
  std::array<TableFill, 3> tables() const noexcept;  // flows, senders of RTCP, end points

  struct State;  // what the kernel keeps in maps

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vialens

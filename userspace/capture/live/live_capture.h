// Interfaces as taps: the kernel programs on each, one ring buffer for all, and an eye on interfaces that come and go.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "userspace/capture/flow.h"
#include "userspace/capture/live/kernel_flows.h"
#include "userspace/capture/live/kernel_tap.h"

namespace vialens::live {

class LiveCapture {
 public:
  struct Watched {
    std::string interface;
    Side side = Side::unknown;
  };
  struct Options {
    std::vector<Watched> interfaces;
    Hook hook = Hook::automatic;
    std::vector<std::uint16_t> sip_ports{5060};
    TableSizes tables;  // the ring is rounded up to a power of two
  };
  using Sink = std::function<void(const Piece&)>;

  // Everything is attached when this returns. Throws InputError.
  explicit LiveCapture(Options options);
  ~LiveCapture();

  // Waits for up to `patience`, hands over what came, follows interfaces. Returns after `patience`, or as soon as
  // `wake_fd` is readable. What interfaces do is told in the log.
  void poll(std::chrono::milliseconds patience, int wake_fd, const Sink& sink);
  void drain(const Sink& sink);  // what lies in the ring now, without waiting
  // Flows that changed since the last call, and perhaps some that did not. Reads the whole table: once a second will
  // do.
  void flows(const FlowSink& sink);
  void rtcp(const RtcpSink& sink);  // senders of RTCP, likewise
  void expect(const MediaEndpoint& endpoint);
  void watch(std::span<const std::uint16_t> sip_ports);  // from now on, instead of those so far
  std::vector<TableFill> tables() const;                 // of media; the first two as of the last flows() and rtcp()
  void detach();  // stops watching; counters and what lies in the ring stay readable

  const std::vector<TapInfo>& taps() const noexcept { return taps_; }
  TapCounters counters(TapId tap) const;
  // How often something was or may have been missed: events lost, and spans of time in which an interface was away.
  // When it rises between two looks, silence in between proves nothing.
  std::uint64_t misses() const;
  bool blind() const;  // a side has no interface that is up: while this lasts, silence proves nothing either
  Time now() const;

 private:
  struct Slot;
  void follow();
  void follow(Slot& slot);
  void attach(Slot& slot, const Interface& interface);
  void mark_fax(std::uint16_t port, bool is_for_fax);
  void lose(Slot& slot);
  void set_clock();
  TapCounters all_counters() const;
  static int on_event(void* self, void* data, std::size_t size);

  Options options_;
  Features features_;
  Clsact clsact_;
  FileDescriptor ring_map_;
  // Once it is known that we may.
  std::optional<KernelFlows> flows_;
  std::optional<KernelRtcp> rtcp_;
  std::optional<KernelEndpoints> endpoints_;
  std::map<std::uint16_t, Time> fax_ports_;  // that are marked, and when they were announced last
  RingBuffer ring_;
  InterfaceMonitor monitor_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<TapInfo> taps_;
  std::uint64_t absences_ = 0;
  Duration utc_minus_monotonic_{}, drain_until_{};
  const Sink* sink_ = nullptr;
};

}  // namespace vialens::live

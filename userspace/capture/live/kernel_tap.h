// The kernel programs on one interface: loaded, attached, counting. Vanishes with the object, and with the process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/capture/live/clsact.h"
#include "userspace/capture/live/features.h"
#include "userspace/capture/live/interface.h"
#include "userspace/capture/tap_info.h"

struct vialens_bpf;

namespace vialens::live {

enum class Hook : std::uint8_t { automatic, xdp, tcx, clsact };

std::string_view to_string(Hook hook) noexcept;
Hook hook_named(std::string_view name) noexcept;  // automatic for "auto" and for what is no hook's name

void destroy(vialens_bpf* skeleton) noexcept;

class KernelTap {
 public:
  struct Maps {  // that all interfaces share
    int ring = -1, flows = -1, rtcp = -1, endpoints = -1;
  };
  struct Options {
    TapId first_tap = 0;  // this interface's taps: first_tap for what it receives, first_tap + 1 for what it sends
    Hook hook = Hook::automatic;
    Maps maps;
    std::span<const std::uint16_t> sip_ports;
  };

  // Loads and attaches. `clsact` outlives this. Throws InputError when a hook that was asked for is not to be had, or
  // when another vialens watches the interface.
  KernelTap(const Interface& interface, const Options& options, const Features& features, Clsact& clsact);
  ~KernelTap();
  KernelTap(KernelTap&&) = delete;

  const Interface& interface() const noexcept { return interface_; }
  std::string_view hook(Direction direction) const noexcept;                // "xdp", "tcx", "clsact"
  const std::string& why_not_xdp() const noexcept { return why_not_xdp_; }  // empty if XDP was taken or not tried

  void detach() noexcept;  // counters stay readable, and change no more
  // False once the programs are off the interface, because it was deleted, or because somebody took them away.
  bool attached() const noexcept;
  TapCounters counters(Direction direction) const;                // summed over CPUs
  void watch(std::span<const std::uint16_t> sip_ports) noexcept;  // takes effect at once; replaces the ports so far
  void mark_fax(std::uint16_t port, bool is_for_fax) noexcept;    // end points of this port may be for T.38

 private:
  void load(const Options& options, const Features& features);
  void attach_ingress(Hook hook, const Features& features);
  void attach_egress(Hook hook, const Features& features);
  bool attach_xdp();
  bool attach_tcx(bool egress);
  void attach_clsact(bool egress);

  Interface interface_;
  Clsact& clsact_;
  FileDescriptor lock_;
  Handle<vialens_bpf, destroy> skeleton_;
  std::vector<FileDescriptor> links_;
  std::vector<Clsact::Filter> filters_;
  std::string ingress_hook_, egress_hook_, why_not_xdp_;
};

}  // namespace vialens::live

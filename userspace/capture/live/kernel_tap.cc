#include "userspace/capture/live/kernel_tap.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>

#include "userspace/capture/live/tcx.h"
#include "userspace/core/error.h"
#include "vialens_bpf.skel.h"

namespace vialens::live {

std::string_view to_string(Hook hook) noexcept {
  static constexpr std::array<std::string_view, 4> kNames{"auto", "xdp", "tcx", "clsact"};
  return kNames[static_cast<std::size_t>(hook)];
}

Hook hook_named(std::string_view name) noexcept {
  for (const Hook hook : {Hook::xdp, Hook::tcx, Hook::clsact})
    if (name == to_string(hook)) return hook;
  return Hook::automatic;
}

void destroy(vialens_bpf* skeleton) noexcept { vialens_bpf::destroy(skeleton); }

KernelTap::KernelTap(const Interface& interface, const Options& options, const Features& features, Clsact& clsact)
    : interface_(interface), clsact_(clsact), lock_(lock_interface(interface)) {
  load(options, features);
  attach_ingress(options.hook, features);
  attach_egress(options.hook, features);
}

KernelTap::~KernelTap() { detach(); }

void KernelTap::detach() noexcept {
  links_.clear();
  for (const Clsact::Filter& filter : filters_) clsact_.detach(filter);
  filters_.clear();
}

void KernelTap::load(const Options& options, const Features& features) {
  skeleton_.reset(vialens_bpf::open());
  if (!skeleton_) throw std::system_error(errno, std::generic_category(), "open the BPF object");
  skeleton_->rodata->tap_base = options.first_tap;
  skeleton_->rodata->ethernet = interface_.ethernet;
  skeleton_->rodata->has_xdp_load_bytes = features.xdp_load_bytes;
  check(bpf_map__reuse_fd(skeleton_->maps.events, options.maps.ring), "share the ring buffer");
  check(bpf_map__reuse_fd(skeleton_->maps.flows, options.maps.flows), "share the table of flows");
  check(bpf_map__reuse_fd(skeleton_->maps.rtcp, options.maps.rtcp), "share the table of RTCP");
  check(bpf_map__reuse_fd(skeleton_->maps.endpoints, options.maps.endpoints), "share the table of end points");
  // Without the flag a driver refuses the program where packets may lie in several buffers (large MTU).
  if (features.xdp_load_bytes)
    bpf_program__set_flags(skeleton_->progs.vialens_xdp,
                           bpf_program__flags(skeleton_->progs.vialens_xdp) | (1U << 5U));  // BPF_F_XDP_HAS_FRAGS
  check(vialens_bpf::load(skeleton_.get()), "load the BPF programs");
  watch(options.sip_ports);
}

void KernelTap::watch(std::span<const std::uint16_t> sip_ports) noexcept {
  std::array<std::uint8_t, sizeof(skeleton_->bss->watched_ports)> bits{};
  for (const std::uint16_t port : sip_ports)
    bits[port / 8U] = static_cast<std::uint8_t>(bits[port / 8U] | 1U << port % 8U);
  std::copy(bits.begin(), bits.end(), std::begin(skeleton_->bss->watched_ports));
}

void KernelTap::mark_fax(std::uint16_t port, bool is_for_fax) noexcept {
  __u8& byte = skeleton_->bss->fax_ports[port / 8U];
  const __u8 bit = static_cast<__u8>(1U << port % 8U);
  byte = static_cast<__u8>(is_for_fax ? byte | bit : byte & ~bit);
}

bool KernelTap::attach_xdp() {
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = XDP_FLAGS_DRV_MODE;  // never generic XDP: it may copy packets to make room
  const int link = bpf_link_create(bpf_program__fd(skeleton_->progs.vialens_xdp), static_cast<int>(interface_.index),
                                   BPF_XDP, &options);
  if (link >= 0) {
    links_.emplace_back(link);
    ingress_hook_ = "xdp";
    return true;
  }
  why_not_xdp_ = link == -EBUSY || link == -EEXIST ? "another XDP program is there"
                 : link == -EOPNOTSUPP             ? "its driver has no native XDP"
                                                   : std::generic_category().message(-link);
  return false;
}

bool KernelTap::attach_tcx(bool egress) {
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = kTcxFirst;
  const bpf_program* program = egress ? skeleton_->progs.vialens_egress : skeleton_->progs.vialens_ingress;
  const int link = bpf_link_create(bpf_program__fd(program), static_cast<int>(interface_.index),
                                   egress ? kTcxEgress : kTcxIngress, &options);
  if (link < 0) return false;
  links_.emplace_back(link);
  (egress ? egress_hook_ : ingress_hook_) = "tcx";
  return true;
}

void KernelTap::attach_clsact(bool egress) {
  const bpf_program* program = egress ? skeleton_->progs.vialens_egress : skeleton_->progs.vialens_ingress;
  try {
    filters_.push_back(clsact_.attach(interface_.index, egress, bpf_program__fd(program)));
  } catch (const std::system_error& error) {
    throw InputError(fmt::format("interface {}: no TC hook can be had: {}", interface_.name, error.what()));
  }
  (egress ? egress_hook_ : ingress_hook_) = "clsact";
}

void KernelTap::attach_ingress(Hook hook, const Features& features) {
  if (hook == Hook::xdp || (hook == Hook::automatic && interface_.ethernet)) {
    if (attach_xdp()) return;
    if (hook == Hook::xdp)
      throw InputError(
          fmt::format("interface {}: XDP cannot be had ({}); try --hook auto", interface_.name, why_not_xdp_));
  }
  if (hook != Hook::clsact && features.tcx && attach_tcx(false)) return;
  if (hook == Hook::tcx)
    throw InputError(fmt::format("interface {}: TCX cannot be had ({}); try --hook auto", interface_.name,
                                 features.tcx ? std::generic_category().message(errno) : "kernels have it since 6.6"));
  attach_clsact(false);
}

void KernelTap::attach_egress(Hook hook, const Features& features) {
  if (hook != Hook::clsact && features.tcx && attach_tcx(true)) return;
  attach_clsact(true);
}

std::string_view KernelTap::hook(Direction direction) const noexcept {
  return direction == Direction::out ? egress_hook_ : ingress_hook_;
}

bool KernelTap::attached() const noexcept {
  return std::all_of(links_.begin(), links_.end(),
                     [](const FileDescriptor& link) {
                       bpf_link_info info{};
                       __u32 size = sizeof(info);
                       // Of TCX links, which these headers do not know, the index is in the same place.
                       return bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0 && info.xdp.ifindex != 0;
                     }) &&
         std::all_of(filters_.begin(), filters_.end(), Clsact::attached);
}

TapCounters KernelTap::counters(Direction direction) const {
  static const int cpus = libbpf_num_possible_cpus();
  std::vector<TapCounters> per_cpu(static_cast<std::size_t>(cpus));
  const std::uint32_t key = direction == Direction::out ? VIALENS_OUT : VIALENS_IN;
  TapCounters sum{};
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &key, per_cpu.data()) != 0) return sum;
  for (const TapCounters& counters : per_cpu) add(sum, counters);
  return sum;
}

}  // namespace vialens::live

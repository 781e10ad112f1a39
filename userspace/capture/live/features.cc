#include "userspace/capture/live/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <climits>

#include "userspace/capture/live/handles.h"
#include "userspace/capture/live/tcx.h"
#include "userspace/core/error.h"

namespace vialens::live {
namespace {

// The smallest program there is: r0 = XDP_PASS; exit. Loading it says whether we may.
FileDescriptor smallest_program(bpf_prog_type type) {
  const bpf_insn code[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 2}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  return FileDescriptor(bpf_prog_load(type, "vialens_probe", "GPL", code, 2, nullptr));
}

// A TCX link on an interface that cannot exist: a kernel that knows TCX misses the interface, others the hook.
bool probe_tcx() {
  const FileDescriptor program = smallest_program(BPF_PROG_TYPE_SCHED_CLS);
  if (!program) return false;
  return bpf_link_create(program.get(), INT_MAX, kTcxIngress, nullptr) == -ENODEV;
}

}  // namespace

Features Features::probe() {
  errno = 0;
  if (!smallest_program(BPF_PROG_TYPE_XDP)) {
    if (errno == ENOSYS)
      throw InputError("this kernel has no BPF (CONFIG_BPF_SYSCALL); use `vialens read` on captures");
    if (errno == EPERM || errno == EACCES)
      throw InputError(
          "no privilege to load BPF programs: run vialens as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
    throw InputError(
        fmt::format("this kernel does not load the simplest XDP program: {}", std::generic_category().message(errno)));
  }
  Features features;
  features.ring_buffer = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) == 1;
  features.xdp_load_bytes = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_load_bytes, nullptr) == 1;
  features.tcx = probe_tcx();
  if (!features.ring_buffer)
    throw InputError("this kernel has no BPF ring buffer (5.8 and later have it); use `vialens read` on captures");
  return features;
}

}  // namespace vialens::live

// What this kernel can do, found out by trying, never by its version: vendors backport.
#pragma once

namespace vialens::live {

struct Features {
  bool ring_buffer = false;     // BPF_MAP_TYPE_RINGBUF; without it there is nothing to be done
  bool xdp_load_bytes = false;  // bpf_xdp_load_bytes(), and with it multi-buffer XDP
  bool tcx = false;             // bpf_link on a TC hook

  // Throws InputError if this process may not use BPF, or this kernel has none.
  static Features probe();
};

}  // namespace vialens::live

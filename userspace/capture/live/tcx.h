// TCX, which libbpf 1.1 and its headers do not know yet: the numbers of <linux/bpf.h> since v6.6.
#pragma once

#include <bpf/bpf.h>

namespace vialens::live {

inline constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
inline constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);

// In front of all other programs of the hook: a watcher must see what the others drop or redirect.
inline constexpr unsigned kTcxFirst = 1U << 3U;  // BPF_F_BEFORE, relative to nothing

}  // namespace vialens::live

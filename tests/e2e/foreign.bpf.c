// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Somebody else's programs for an interface: they count packets, and let them pass. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} foreign_count SEC(".maps");

static __always_inline void count(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&foreign_count, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("xdp")
int foreign_xdp(struct xdp_md *ctx)
{
	count();
	return XDP_PASS;
}

/* Ends the walk through the filters: what comes behind it sees nothing. */
SEC("tc")
int foreign_tc(struct __sk_buff *ctx)
{
	count();
	return TC_ACT_OK;
}

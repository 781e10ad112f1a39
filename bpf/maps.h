/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map, with its accessor. */
#ifndef VIALENS_MAPS_H
#define VIALENS_MAPS_H

/* The context of either kind of program. Passed by value, so that the compiler knows which one it is and
 * drops the helpers that the other one uses. */
struct vialens_context {
	void *packet;
	bool skb;
};

#include "vialens/tap.h"

/* One ring for all taps, so that what enters the box comes before what leaves it. The loader sets its size
 * and lets the programs of all interfaces share it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vialens_scratch);
} scratch SEC(".maps");

/* The headers of a packet that lies in pieces. No more than HEAD bytes are copied; the rest is there because
 * the verifier knows an offset into a packet's headers only to be below 16 KiB (vialens_at()). */
#define HEAD 256u

struct head {
	__u8 bytes[0x4000 + 64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct head);
} heads SEC(".maps");

/* Indexed by direction. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VIALENS_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct vialens_counters);
} counters SEC(".maps");

struct fragment_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 ip_id;
	__u8 protocol;
	__u8 direction;
	__u8 pad[2];
};

struct fragment {
	__u64 ktime_ns;
	__u64 ours;
};

/* What a datagram's first fragment was, for those that follow. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct fragment_key);
	__type(value, struct fragment);
} fragments SEC(".maps");

/* A datagram that was not completed by then never is (RFC 791 3.2, RFC 8200 4.5: 60 s at most), and its
 * number may be used again. */
#define FRAGMENT_LIFETIME_NS (30ULL * 1000 * 1000 * 1000)

/* Shared by the programs of all interfaces, as the ring is. When it is full, the flow goes that was not seen
 * for the longest time; with many CPUs somewhat before, since each keeps a few free entries for itself. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VIALENS_FLOWS);
	__type(key, struct vialens_flow_key);
	__type(value, struct vialens_flow);
} flows SEC(".maps");

/* Shared likewise. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VIALENS_RTCP_SOURCES);
	__type(key, struct vialens_flow_key);
	__type(value, struct vialens_rtcp);
} rtcp SEC(".maps");

/* Shared likewise, and written by the control plane. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VIALENS_ENDPOINTS);
	__type(key, struct vialens_endpoint_key);
	__type(value, struct vialens_endpoint);
} endpoints SEC(".maps");

VIALENS_INLINE struct vialens_scratch *vialens_get_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

VIALENS_INLINE struct vialens_counters *vialens_tap_counters(__u32 direction)
{
	return bpf_map_lookup_elem(&counters, &direction);
}

VIALENS_INLINE bool vialens_port_watched(__u16 port)
{
	/* Masked in assembly: the compiler knows that a __u16 >> 3 is in range, the verifier need not. */
	return watched_ports[vialens_masked(port >> 3, sizeof(watched_ports) - 1)] & (1 << (port & 7));
}

VIALENS_INLINE bool vialens_port_fax(__u16 port)
{
	return fax_ports[vialens_masked(port >> 3, sizeof(fax_ports) - 1)] & (1 << (port & 7));
}

VIALENS_INLINE void fragment_key_of(const struct vialens_scratch *s, struct fragment_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->saddr, s->event.saddr, 16);
	__builtin_memcpy(key->daddr, s->event.daddr, 16);
	key->ip_id = s->packet.ip_id;
	key->protocol = s->packet.protocol;
	key->direction = s->direction;
}

VIALENS_INLINE int vialens_fragment_known(struct vialens_scratch *s)
{
	struct fragment_key key;
	struct fragment *f;

	fragment_key_of(s, &key);
	f = bpf_map_lookup_elem(&fragments, &key);
	if (!f || s->event.ktime_ns - f->ktime_ns > FRAGMENT_LIFETIME_NS)
		return -1;
	return f->ours != 0;
}

VIALENS_INLINE void vialens_fragment_learn(struct vialens_scratch *s, bool ours)
{
	struct fragment_key key;
	struct fragment f = {.ktime_ns = s->event.ktime_ns, .ours = ours};

	fragment_key_of(s, &key);
	/* Cannot fail but for memory; then the fragments that follow are handed up unasked. */
	bpf_map_update_elem(&fragments, &key, &f, BPF_ANY);
}

VIALENS_INLINE struct vialens_flow *vialens_flow_find(const struct vialens_flow_key *key)
{
	return bpf_map_lookup_elem(&flows, key);
}

VIALENS_INLINE void vialens_flow_add(const struct vialens_flow_key *key, const struct vialens_flow *flow)
{
	struct vialens_counters *c = vialens_tap_counters(key->tap - tap_base);

	if (!bpf_map_update_elem(&flows, key, flow, BPF_NOEXIST) && c)
		c->flows_made++;
}

/* Global: see vialens_sequence_settle(). Of the flow that the scratch key names. */
__noinline int settle(__u32 n)
{
	struct vialens_scratch *s = vialens_get_scratch();
	struct vialens_flow *f = s ? vialens_flow_find(&s->key) : NULL;

	if (f)
		vialens_sequence_leave(f, n);
	return 0;
}

VIALENS_INLINE void vialens_sequence_settle(struct vialens_flow *f, __u32 n)
{
	(void)f;
	settle(n);
}

VIALENS_INLINE struct vialens_rtcp *vialens_rtcp_find(const struct vialens_flow_key *key)
{
	return bpf_map_lookup_elem(&rtcp, key);
}

VIALENS_INLINE void vialens_rtcp_add(const struct vialens_flow_key *key, const struct vialens_rtcp *first)
{
	struct vialens_counters *c = vialens_tap_counters(key->tap - tap_base);

	if (!bpf_map_update_elem(&rtcp, key, first, BPF_NOEXIST) && c)
		c->rtcp_made++;
}

VIALENS_INLINE const struct vialens_endpoint *vialens_endpoint_find(const struct vialens_endpoint_key *key)
{
	return bpf_map_lookup_elem(&endpoints, key);
}

VIALENS_INLINE __u8 vialens_tap_number(__u32 direction)
{
	return tap_base + direction;
}

VIALENS_INLINE __u64 vialens_now(void)
{
	return bpf_ktime_get_ns();
}

VIALENS_INLINE long vialens_put(struct vialens_scratch *s, __u64 len)
{
	struct vialens_counters *c;
	long failed;

	s->event.tap = vialens_tap_number(s->direction);
	asm volatile("%0 &= %1" : "+r"(len) : "i"(2 * VIALENS_CHUNK - 1));
	if (len > VIALENS_CHUNK)
		return -1;
	failed = bpf_ringbuf_output(&events, s, sizeof(s->event) + len, 0);
	c = vialens_tap_counters(s->direction);
	if (c && !failed)
		c->events++;
	return failed;
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: one program per hook, each of which looks at a packet and lets it go.
 *
 * It reads packets and contexts, whose layout is UAPI, and nothing else of the kernel: no vmlinux.h, no
 * CO-RE, so that it loads where the kernel has no BTF. Nothing here writes to a packet, and every return
 * value is "go on": XDP_PASS, or TC_ACT_UNSPEC, which lets the next program or filter of the interface
 * decide.
 *
 * A packet that is not ours leaves after the walk and one counter. For one that may be ours (SIP, media) the
 * walk's result goes into the scratch record and a global function takes over: read back from a map, its
 * numbers are unknown to the verifier, which then checks the expensive part once instead of once per
 * combination of tags and headers. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

#include "vialens/abi.h"
#include "config.h"
#include "maps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

VIALENS_INLINE long vialens_read(struct vialens_context ctx, __u32 off, void *to, __u64 len)
{
	if (ctx.skb)
		return bpf_skb_load_bytes(ctx.packet, off, to, len);
	if (has_xdp_load_bytes)
		return bpf_xdp_load_bytes(ctx.packet, off, to, len);
	return bpf_probe_read_kernel(
	    to, len, (void *)(long)((struct xdp_md *)ctx.packet)->data + vialens_masked(off, 0x3fff));
}

/* Global, these four: see the head of this file. */
__noinline int put_piece_xdp(struct xdp_md *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_put_piece((struct vialens_context){ctx, .skb = false}, s) : VIALENS_O_LOST_COPY;
}

__noinline int put_piece_tc(struct __sk_buff *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_put_piece((struct vialens_context){ctx, .skb = true}, s) : VIALENS_O_LOST_COPY;
}

VIALENS_INLINE __u32 vialens_next_piece(struct vialens_context ctx)
{
	return ctx.skb ? put_piece_tc(ctx.packet) : put_piece_xdp(ctx.packet);
}

__noinline int capture_xdp(struct xdp_md *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_capture((struct vialens_context){ctx, .skb = false}, s) : VIALENS_O_LOST_COPY;
}

__noinline int capture_tc(struct __sk_buff *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_capture((struct vialens_context){ctx, .skb = true}, s) : VIALENS_O_LOST_COPY;
}

/* Global for the same reason. */
__noinline int account_xdp(struct xdp_md *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_account((void *)(long)ctx->data, (void *)(long)ctx->data_end, s)
		 : VIALENS_O_LOST_COPY;
}

__noinline int account_tc(struct __sk_buff *ctx)
{
	struct vialens_scratch *s = vialens_get_scratch();

	return s ? vialens_account((void *)(long)ctx->data, (void *)(long)ctx->data_end, s)
		 : VIALENS_O_LOST_COPY;
}

/* Of the copy in heads, @len bytes. */
__noinline int account_head(__u32 len)
{
	__u32 zero = 0;
	struct head *head = bpf_map_lookup_elem(&heads, &zero);
	struct vialens_scratch *s = vialens_get_scratch();

	if (!s || !head)
		return VIALENS_O_LOST_COPY;
	return vialens_account(head->bytes, head->bytes + vialens_masked(len, 2 * HEAD - 1), s);
}

VIALENS_INLINE bool stow(const struct vialens_packet *p, __u32 direction, __u32 outcome)
{
	struct vialens_scratch *s = vialens_get_scratch();

	if (!s)
		return false;
	s->packet = *p;
	s->direction = direction;
	s->outcome = outcome;
	s->watched = vialens_port_watched(p->sport) || vialens_port_watched(p->dport);
	return true;
}

SEC("xdp")
int vialens_xdp(struct xdp_md *ctx)
{
	const __u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 frame_len = has_xdp_load_bytes ? bpf_xdp_get_buff_len(ctx) : (__u32)((__u64)end - (__u64)data);
	struct vialens_packet p;
	__u32 outcome = vialens_decide(data, end, vialens_walk_frame(data, end, frame_len, ethernet, &p), &p);

	if (vialens_accounted(outcome) || outcome >= VIALENS_LOOK) {
		if (!stow(&p, VIALENS_IN, outcome))
			outcome = VIALENS_O_LOST_COPY;
		else
			outcome = outcome >= VIALENS_LOOK ? capture_xdp(ctx) : account_xdp(ctx);
	}
	vialens_count(VIALENS_IN, outcome, frame_len);
	return XDP_PASS;
}

/* The headers of an skb, or the payload of all but them, may lie behind its linear part: looks again in a
 * copy of its first bytes. Global, so that the second walk is not checked once per way that the first one
 * ended. */
__noinline int look_again_tc(struct __sk_buff *ctx, __u32 direction)
{
	__u32 outcome, zero = 0;
	__u64 n = ctx->len < HEAD ? ctx->len : HEAD;
	struct head *head = bpf_map_lookup_elem(&heads, &zero);
	struct vialens_packet p;

	asm volatile("%0 += -1; %0 &= %1; %0 += 1" : "+r"(n) : "i"(HEAD - 1));
	if (!head || bpf_skb_load_bytes(ctx, 0, head->bytes, n))
		return VIALENS_O_LOST_COPY;
	outcome =
	    vialens_decide(head->bytes, head->bytes + n,
			   vialens_walk_frame(head->bytes, head->bytes + n, ctx->len, ethernet, &p), &p);
	if (!vialens_accounted(outcome) && outcome < VIALENS_LOOK)
		return outcome;
	if (!stow(&p, direction, outcome))
		return VIALENS_O_LOST_COPY;
	return outcome >= VIALENS_LOOK ? VIALENS_LOOK : account_head(n);
}

VIALENS_INLINE int tc(struct __sk_buff *ctx, __u32 direction)
{
	const __u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	enum vialens_walk walked;
	struct vialens_packet p;
	__u32 outcome;

	walked = vialens_walk_frame(data, end, ctx->len, ethernet, &p);
	outcome = vialens_decide(data, end, walked, &p);
	if (walked == VIALENS_WALK_SHORT || outcome == VIALENS_FETCH)
		outcome = look_again_tc(ctx, direction);
	else if ((outcome == VIALENS_LOOK || vialens_accounted(outcome)) && !stow(&p, direction, outcome))
		outcome = VIALENS_O_LOST_COPY;
	else if (vialens_accounted(outcome))
		outcome = account_tc(ctx);
	if (outcome == VIALENS_LOOK)
		outcome = capture_tc(ctx);
	vialens_count(direction, outcome, ctx->len);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int vialens_ingress(struct __sk_buff *ctx)
{
	return tc(ctx, VIALENS_IN);
}

SEC("tc")
int vialens_egress(struct __sk_buff *ctx)
{
	return tc(ctx, VIALENS_OUT);
}

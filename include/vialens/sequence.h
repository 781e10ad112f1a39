/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sequence numbers of 16 bits: what was lost, came twice, came late, and whether the source began anew
 * (RFC 3550 A.1, A.3), and whether loss comes in bursts (RFC 3611 4.7.2).
 *
 * RFC 3550 takes every packet that comes for one of those expected, so that a duplicate hides a loss. A
 * window of the last 64 numbers tells the two apart; what leaves it without having come is lost for good, and
 * enters the bursts. */
#ifndef VIALENS_SEQUENCE_H
#define VIALENS_SEQUENCE_H

#include "vialens/platform.h"

/* RFC 3550 A.1: how far a sequence number may jump forward, and fall behind. */
#define VIALENS_MAX_DROPOUT  3000
#define VIALENS_MAX_MISORDER 100
#define VIALENS_NO_SEQ	     0x10001

#define VIALENS_WINDOW 64u
#define VIALENS_GMIN   16u /* RFC 3611 4.7.2 */

/* @count packets in a row are lost for good. */
VIALENS_INLINE void vialens_sequence_lost(struct vialens_flow *f, __u32 count)
{
	if (f->since_loss >= VIALENS_GMIN) { /* alone so far */
		f->cluster = 0;
	} else if (f->cluster == 1) { /* it was not alone */
		f->bursts++;
		f->burst_lost++;
		f->burst_packets++;
	}
	if (f->cluster || count > 1) {
		if (!f->cluster)
			f->bursts++;
		else
			f->burst_packets += f->since_loss;
		f->burst_lost += count;
		f->burst_packets += count;
	}
	f->cluster += count;
	f->since_loss = 0;
}

VIALENS_INLINE void vialens_sequence_came(struct vialens_flow *f, __u32 count)
{
	f->since_loss += count;
	if (f->since_loss > VIALENS_GMIN)
		f->since_loss = VIALENS_GMIN;
}

/* The oldest @n (1 to 64) numbers leave the window. */
VIALENS_INLINE void vialens_sequence_leave(struct vialens_flow *f, __u32 n)
{
	__u64 window = f->window;

	if (!(~window >> vialens_masked(VIALENS_WINDOW - n, 63))) {
		vialens_sequence_came(f, n);
		return;
	}
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (__u32 i = 0; i < VIALENS_WINDOW && i < n; i++) {
		if (window >> vialens_masked(63 - i, 63) & 1)
			vialens_sequence_came(f, 1);
		else
			vialens_sequence_lost(f, 1);
		vialens_in_memory(f); /* each turn is like the one before, and so checked once */
	}
}

/* vialens_sequence_leave(), for the code that every packet runs through: where the verifier would check it
 * once per way that led there, it is a function of its own, which looks the flow up again. It is called where
 * something was lost. */
#ifdef __bpf__
VIALENS_INLINE void vialens_sequence_settle(struct vialens_flow *f, __u32 n);
#else
VIALENS_INLINE void vialens_sequence_settle(struct vialens_flow *f, __u32 n)
{
	vialens_sequence_leave(f, n);
}
#endif

/* A new highest number, @ahead (1 to VIALENS_MAX_DROPOUT) of the one so far. */
VIALENS_INLINE void vialens_sequence_advance(struct vialens_flow *f, __u32 ahead)
{
	f->highest += ahead;
	if (ahead == 1) { /* as nearly always */
		if (!(f->window >> 63))
			vialens_sequence_lost(f, 1);
		else if (f->since_loss < VIALENS_GMIN)
			f->since_loss++;
		f->window = f->window << 1 | 1;
		return;
	}
	vialens_sequence_settle(f, ahead < VIALENS_WINDOW ? ahead : VIALENS_WINDOW);
	if (ahead > VIALENS_WINDOW)
		vialens_sequence_lost(f, ahead - VIALENS_WINDOW);
	f->window = ahead < VIALENS_WINDOW ? f->window << vialens_masked(ahead, 63) | 1 : 1;
}

/* A number @behind (1 to VIALENS_MAX_MISORDER) the highest. */
VIALENS_INLINE void vialens_sequence_late(struct vialens_flow *f, __u32 behind)
{
	__u32 known = f->highest - f->base;
	__u64 bit = 1ULL << vialens_masked(behind, 63);

	if (behind > known) { /* before the first: those in between are missing now */
		f->base = f->highest - behind;
		f->reordered++;
		if (behind < VIALENS_WINDOW)
			f->window &= ~(bit - 1) | ((2ULL << vialens_masked(known, 63)) - 1);
	} else if (behind < VIALENS_WINDOW && f->window & bit) {
		f->duplicates++;
	} else {
		f->reordered++;
		if (behind < VIALENS_WINDOW)
			f->window |= bit;
	}
}

/* Numbers begin at @first, of which @seq is the highest. */
VIALENS_INLINE void vialens_sequence_begin(struct vialens_flow *f, __u32 first, __u16 seq)
{
	f->base = 0x10000 + first;
	f->highest = 0x10000 + seq;
	if (f->highest < f->base)
		f->highest += 0x10000;
	f->window = ~0ULL;
	f->bad_seq = VIALENS_NO_SEQ;
}

/* Two in sequence that are far from those before: the source began anew. */
VIALENS_INLINE void vialens_sequence_restart(struct vialens_flow *f, __u16 seq)
{
	vialens_sequence_settle(f, VIALENS_WINDOW);
	f->expected += f->highest - f->base + 1;
	f->restarts++;
	f->strays--; /* the first of the two */
	vialens_sequence_begin(f, (__u16)(seq - 1), seq);
}

/* RFC 3550 A.1, update_seq(). To be called before the packet is counted. */
VIALENS_INLINE void vialens_sequence(struct vialens_flow *f, __u16 seq)
{
	__u32 ahead = (__u16)(seq - f->highest);

	if (!f->packets) {
		f->since_loss = VIALENS_GMIN;
		vialens_sequence_begin(f, seq, seq);
	} else if (!ahead) {
		f->duplicates++;
	} else if (ahead < VIALENS_MAX_DROPOUT) {
		vialens_sequence_advance(f, ahead);
	} else if (ahead > 0x10000 - VIALENS_MAX_MISORDER) {
		vialens_sequence_late(f, 0x10000 - ahead);
	} else if (seq == f->bad_seq) {
		vialens_sequence_restart(f, seq);
	} else {
		f->strays++;
		f->bad_seq = (seq + 1) & 0xffff;
	}
	f->last_seq = seq;
}

#endif

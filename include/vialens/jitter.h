/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Interarrival jitter (RFC 3550 6.4.1, A.8), in nanoseconds rather than in ticks of the source's clock, of
 * which one of G.711 lasts longer than the jitter of a good network.
 *
 * It is measured from one packet to the next, in the order in which they come, late ones and duplicates too.
 * It is not measured
 * - where the clock is unknown: a payload type that is dynamic and was not negotiated;
 * - of telephone-events, which all bear the timestamp of their beginning (RFC 4733 2.3); what follows them is
 *   measured from the audio before;
 * - across a change of the clock, or of the timestamps by more than a second against the time: that is
 * another source, or one that stood still, and no network. */
#ifndef VIALENS_JITTER_H
#define VIALENS_JITTER_H

#include "vialens/platform.h"

#define VIALENS_MOST_TRANSIT_NS 1000000000LL
#define VIALENS_LOWEST_CLOCK	1000u /* of T.140 (RFC 4103); what is slower is none */

/* RFC 3551 6, by payload type: those of 8,000 Hz and those of 90,000 Hz. */
#define VIALENS_CLOCK_8000  0x00000000000cb3b9ULL
#define VIALENS_CLOCK_90000 0x0000000796004000ULL

/* The clock rate of a static payload type; 0 if it has none. */
VIALENS_INLINE __u32 vialens_static_clock(__u8 type)
{
	__u64 bit = 1ULL << vialens_masked(type, 63);

	if (type > 34)
		return 0;
	if (bit & VIALENS_CLOCK_8000)
		return 8000;
	if (bit & VIALENS_CLOCK_90000)
		return 90000;
	switch (type) {
	case 6:
		return 16000;
	case 10:
	case 11:
		return 44100;
	case 16:
		return 11025;
	case 17:
		return 22050;
	}
	return 0;
}

/* From now on payload types of this clock are timed; 0: of one that is unknown. */
VIALENS_INLINE void vialens_jitter_clock(struct vialens_flow *f, __u32 rate)
{
	if (rate < VIALENS_LOWEST_CLOCK) {
		f->timing = VIALENS_T_NONE;
		return;
	}
	/* What was before a telephone-event is still good to measure from. */
	if (rate != f->clock_rate || f->timing == VIALENS_T_NONE)
		f->timing = VIALENS_T_BEGIN;
	else if (f->timing == VIALENS_T_EVENT)
		f->timing = VIALENS_T_RUN;
	if (rate != f->clock_rate) {
		f->clock_rate = rate;
		f->tick = (__u32)(256000000000ULL / rate);
	}
}

/* @tells: the packet's jitter enters mean and most. */
VIALENS_INLINE void vialens_jitter(struct vialens_flow *f, __u32 ts, bool tells, __u64 now)
{
	__s32 ticks = (__s32)(ts - f->timed_ts);
	__s64 d = (__s64)(now - f->timed_ns) - ((ticks * (__s64)f->tick) >> 8);
	__u64 jitter;

	if (f->timing == VIALENS_T_EVENT)
		return;
	f->timed_ts = ts;
	f->timed_ns = now;
	if (f->timing != VIALENS_T_RUN) {
		if (f->timing == VIALENS_T_BEGIN)
			f->timing = VIALENS_T_RUN;
		return;
	}
	d = d < 0 ? -d : d;
	if (d > VIALENS_MOST_TRANSIT_NS)
		return;
	f->jitter += (__u64)d - ((f->jitter + 8) >> 4);
	if (!tells || ticks < 0)
		return;
	jitter = f->jitter >> 4;
	f->jitter_sum += jitter;
	f->jitter_count++;
	if (jitter > f->jitter_most)
		f->jitter_most = (__u32)jitter;
}

#endif

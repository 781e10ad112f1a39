/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RTCP (RFC 3550 6): what each sender of it says of itself and of those that it hears, in place.
 *
 * A compound packet is walked to its end before anything in it is believed (A.2): that tells RTCP from what
 * looks like it, and from SRTCP (RFC 3711 3.4), of which only the first eight bytes can be read. Reports
 * stand in the first packet of a compound one, or are left out (RFC 5506). */
#ifndef VIALENS_RTCP_H
#define VIALENS_RTCP_H

#include "vialens/rtp.h"

/* NULL where there is none. */
VIALENS_INLINE struct vialens_rtcp *vialens_rtcp_find(const struct vialens_flow_key *key);
/* Adds a sender unless there is one; may fail. */
VIALENS_INLINE void vialens_rtcp_add(const struct vialens_flow_key *key, const struct vialens_rtcp *first);

#define VIALENS_RTCP_SR	    200
#define VIALENS_RTCP_RR	    201
#define VIALENS_RTCP_BYE    203
#define VIALENS_RTCP_HEADER 8
#define VIALENS_SENDER_INFO 20
#define VIALENS_BLOCK	    24
/* Packets of a compound one: one each of SR, SDES, BYE, XR, and some of feedback. */
#define VIALENS_COMPOUND 12

/* Walks the compound packet of @len bytes at @off. Returns which types it has, one bit each from 192 on; 0:
 * it is none, or goes on where it is not in hand. */
VIALENS_INLINE __u32 vialens_rtcp_walk(const __u8 *data, const __u8 *end, __u32 off, __u32 len)
{
	__u32 types = 0;

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (int i = 0; i < VIALENS_COMPOUND; i++) {
		const __u8 *h = vialens_at(data, end, off, 4);
		__u32 size;

		if (!h || h[0] >> 6 != 2 || h[1] < 192 || h[1] > 223)
			return 0;
		size = (vialens_load16(h + 2) + 1) * 4;
		if (size > len)
			return 0;
		types |= 1u << vialens_masked(h[1], 31);
		off += size;
		len -= size;
		if (len < 4) /* some senders pad what they should not; SRTCP has more behind */
			return types;
	}
	return 0;
}

/* Notes a report block: with those about the same source, or in a free place. */
VIALENS_INLINE void vialens_rtcp_report(struct vialens_rtcp *r, const __u8 *b, __u64 now)
{
	__u32 ssrc = vialens_load32(b);

	for (__u32 i = 0; i < VIALENS_REPORTS; i++) {
		struct vialens_report *report = &r->reports[i];

		if (report->reports && report->ssrc != ssrc)
			continue;
		report->ssrc = ssrc;
		report->loss = vialens_load32(b + 4);
		report->highest = vialens_load32(b + 8);
		report->jitter = vialens_load32(b + 12);
		report->lsr = vialens_load32(b + 16);
		report->dlsr = vialens_load32(b + 20);
		report->seen_ns = now;
		if (!report->reports++)
			report->first_highest = report->highest;
		return;
	}
}

/* Reads the packet which begins with @h at @off. The walk has seen that all of it is there. What somebody
 * reports on himself, as old phones do, says nothing of a way. */
VIALENS_INLINE void vialens_rtcp_read(const __u8 *data, const __u8 *end, __u32 off, const __u8 *h,
				      struct vialens_rtcp *r, __u64 now)
{
	__u32 stop = off + (vialens_load16(h + 2) + 1) * 4, blocks = h[0] & 31;
	const __u8 *info;

	off += VIALENS_RTCP_HEADER;
	if (h[1] == VIALENS_RTCP_SR) {
		info = vialens_at(data, end, off, VIALENS_SENDER_INFO);
		off += VIALENS_SENDER_INFO;
		if (!info || off > stop)
			return;
		r->sender_reports++;
		r->reported_ns = now;
		r->ntp_middle = vialens_load32(info + 2);
		r->sent_packets = vialens_load32(info + 12);
		r->sent_octets = vialens_load32(info + 16);
	} else if (h[1] == VIALENS_RTCP_RR) {
		r->receiver_reports++;
	} else {
		return;
	}
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (__u32 i = 0; i < VIALENS_REPORTS; i++) {
		const __u8 *block = vialens_at(data, end, off, VIALENS_BLOCK);

		off += VIALENS_BLOCK;
		if (i >= blocks || !block || off > stop)
			return;
		if (vialens_load32(block) != vialens_load32(h + 4))
			vialens_rtcp_report(r, block, now);
	}
}

/* Reads the first two packets of a compound one: where there are two, the second goes on with what the first
 * had no room for. */
VIALENS_INLINE void vialens_rtcp_reports(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					 struct vialens_rtcp *r, __u64 now)
{
	__u32 off = p->payload_off, stop = off + p->payload_len;

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (int i = 0; i < 2 && off + VIALENS_RTCP_HEADER <= stop; i++) {
		const __u8 *h = vialens_at(data, end, off, VIALENS_RTCP_HEADER);

		if (!h || (h[1] != VIALENS_RTCP_SR && h[1] != VIALENS_RTCP_RR))
			return;
		vialens_rtcp_read(data, end, off, h, r, now);
		off += (vialens_load16(h + 2) + 1) * 4;
	}
}

/* Accounts the packet @p of the frame in [@data, @end), for which vialens_media_of() said RTCP. @key has all
 * but the SSRC. False: its sender could not be had. */
VIALENS_INLINE bool vialens_rtcp_account(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					 struct vialens_flow_key *key, struct vialens_rtcp *blank)
{
	const __u8 *h = vialens_at(data, end, p->payload_off, VIALENS_RTCP_HEADER);
	struct vialens_rtcp *r;
	__u64 now = vialens_now();
	__u32 types;

	if (!h)
		return false;
	key->ssrc = vialens_load32(h + 4);
	r = vialens_rtcp_find(key);
	if (!r) {
		__builtin_memset(blank, 0, sizeof(*blank));
		blank->first_ns = now;
		vialens_rtcp_add(key, blank);
		r = vialens_rtcp_find(key);
		if (!r)
			return false;
	}
	if (!r->negotiated) /* RTCP is rare, so this may be asked each time */
		r->negotiated = vialens_negotiated(key, VIALENS_E_RTCP) != NULL;
	r->packets++;
	if (now > r->last_ns)
		r->last_ns = now;
	types = vialens_rtcp_walk(data, end, p->payload_off, p->payload_len);
	if (!types) {
		r->malformed++;
		return true;
	}
	r->bye |= types >> (VIALENS_RTCP_BYE & 31) & 1;
	vialens_rtcp_reports(data, end, p, r, now);
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Media by its look, and the accounting of RTP: each packet to its flow, in place. Nothing is handed up.
 *
 * Nobody announces RTP to us, and an announcement that an ALG has touched may be wrong: so it is known by its
 * first bytes (RFC 3550 A.1, RFC 7983), and a flow is believed once two packets in sequence were seen. */
#ifndef VIALENS_RTP_H
#define VIALENS_RTP_H

#include "vialens/packet.h"

/* What differs between the kernel and a file; whoever includes this provides it. */
VIALENS_INLINE __u64 vialens_now(void);
/* NULL where there is none. */
VIALENS_INLINE struct vialens_flow *vialens_flow_find(const struct vialens_flow_key *key);
/* Adds a flow unless there is one; may fail. */
VIALENS_INLINE void vialens_flow_add(const struct vialens_flow_key *key, const struct vialens_flow *flow);

#define VIALENS_LOWEST_MEDIA_PORT 1024 /* what media ports are chosen from (RFC 3551 8) */
#define VIALENS_RTP_HEADER	  12
#define VIALENS_STUN_HEADER	  20
#define VIALENS_STUN_COOKIE	  0x2112a442 /* RFC 8489 5 */
/* The shortest is an RTCP packet of nothing but its header and SSRC. */
#define VIALENS_SHORTEST_MEDIA 8

#define VIALENS_PT_PCMU		 0 /* RFC 3551 6 */
#define VIALENS_PT_PCMA		 8
#define VIALENS_PT_COMFORT_NOISE 13

/* RFC 3550 A.1: how far a sequence number may jump forward, and fall behind. */
#define VIALENS_MAX_DROPOUT  3000
#define VIALENS_MAX_MISORDER 100
#define VIALENS_NO_SEQ	     0x10001

/* What a datagram of no watched port is. @h: the first VIALENS_SHORTEST_MEDIA bytes of its payload. */
VIALENS_INLINE enum vialens_outcome vialens_media_of(const __u8 *h, const struct vialens_packet *p)
{
	__u8 type = h[1] & 127;

	if (h[0] < 0x40)
		return p->payload_len >= VIALENS_STUN_HEADER && vialens_load32(h + 4) == VIALENS_STUN_COOKIE
			   ? VIALENS_O_STUN
			   : VIALENS_O_OTHER;
	if (h[0] >> 6 != 2 || p->sport < VIALENS_LOWEST_MEDIA_PORT || p->dport < VIALENS_LOWEST_MEDIA_PORT)
		return VIALENS_O_OTHER;
	/* RTCP's types are 192 to 223; RTP keeps out of their way, with the marker bit and without (RFC 5761
	 * 4). */
	if (type >= 64 && type < 96)
		return h[1] & 128 ? VIALENS_O_RTCP : VIALENS_O_OTHER;
	return p->payload_len >= VIALENS_RTP_HEADER + (h[0] & 15) * 4u ? VIALENS_O_RTP : VIALENS_O_OTHER;
}

/* A packet's addresses as a flow's key has them. False: they are not in hand. */
VIALENS_INLINE bool vialens_flow_addresses(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					   struct vialens_flow_key *key)
{
	const __u8 *from = vialens_at(data, end, p->l3_off + (p->v6 ? 8 : 12), 8);
	__u32 word;

	if (!from)
		return false;
	if (!p->v6) {
		key->saddr[10] = key->saddr[11] = key->daddr[10] = key->daddr[11] = 0xff;
		word = vialens_raw32(from);
		__builtin_memcpy(key->saddr + 12, &word, 4);
		word = vialens_raw32(from + 4);
		__builtin_memcpy(key->daddr + 12, &word, 4);
		return true;
	}
	from = vialens_at(data, end, p->l3_off + 8, 32);
	if (!from)
		return false;
	for (int i = 0; i < 16; i += 4) {
		word = vialens_raw32(from + i);
		__builtin_memcpy(key->saddr + i, &word, 4);
		word = vialens_raw32(from + 16 + i);
		__builtin_memcpy(key->daddr + i, &word, 4);
	}
	return true;
}

/* Are the 32 bytes at @bytes all what @word repeats? */
VIALENS_INLINE bool vialens_repeats(const __u8 *bytes, __u64 word)
{
	return !((vialens_raw64(bytes) ^ word) | (vialens_raw64(bytes + 8) ^ word) |
		 (vialens_raw64(bytes + 16) ^ word) | (vialens_raw64(bytes + 24) ^ word));
}

/* Does G.711 of @len bytes at @off say nothing? Digital silence repeats one byte (0xff, 0xd5) from the first
 * to the last. Of 20 ms, which are 160 bytes, we look at the first 4 ms and the last 4 ms: single bytes at
 * equal distances would take a tone of 400 Hz for silence, and the beginning alone a word that sets in. Where
 * the end is not in hand, the beginning decides; less than 4 ms are not judged. */
VIALENS_INLINE bool vialens_rtp_silent(const __u8 *data, const __u8 *end, __u32 off, __u32 len)
{
	const __u8 *bytes = vialens_at(data, end, off, 32);
	__u64 word;

	if (len < 32 || !bytes)
		return false;
	word = bytes[0] * 0x0101010101010101ULL;
	if (!vialens_repeats(bytes, word))
		return false;
	bytes = vialens_at(data, end, off + len - 32, 32);
	return !bytes || vialens_repeats(bytes, word);
}

/* RFC 3550 A.1, init_seq() and update_seq(), as far as it says whether to believe. To be called before the
 * packet is counted. */
VIALENS_INLINE void vialens_flow_sequence(struct vialens_flow *f, __u16 seq)
{
	__u16 ahead = (__u16)(seq - f->max_seq);

	if (!f->believed) {
		f->believed = f->packets && ahead == 1;
		f->max_seq = seq;
	} else if (ahead < VIALENS_MAX_DROPOUT) {
		f->max_seq = seq;
	} else if (ahead <= 0x10000 - VIALENS_MAX_MISORDER) {
		if (seq == f->bad_seq) { /* two in sequence: the source began anew */
			f->max_seq = seq;
			f->bad_seq = VIALENS_NO_SEQ;
		} else {
			f->bad_seq = (seq + 1) & 0xffff;
		}
	}
}

/* Adds the packet @p, whose RTP header is @h, to its flow. */
VIALENS_INLINE void vialens_flow_packet(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					const __u8 *h, struct vialens_flow *f, __u64 now)
{
	__u32 header_len = VIALENS_RTP_HEADER + (h[0] & 15) * 4;
	__u8 type = h[1] & 127;
	const __u8 *extension;
	__u32 len;

	if (h[0] & 16) {
		extension = vialens_at(data, end, p->payload_off + header_len, 4);
		if (extension)
			header_len += 4 + vialens_load16(extension + 2) * 4;
	}
	len = p->payload_len > header_len ? p->payload_len - header_len : 0;

	vialens_flow_sequence(f, vialens_load16(h + 2));
	f->packets++;
	f->bytes += len;
	if (now > f->last_ns) { /* CPUs, and the files of one capture, may be out of step */
		if (now - f->last_ns > f->longest_gap_ns)
			f->longest_gap_ns = now - f->last_ns;
		f->last_ns = now;
	}
	f->last_payload_type = type;
	f->payload_types[vialens_masked(type >> 6, 1)] |= 1ULL << (type & 63);
	if (h[1] & 128)
		f->markers++;
	if (type == VIALENS_PT_COMFORT_NOISE)
		f->comfort_noise++;
	else if ((type == VIALENS_PT_PCMU || type == VIALENS_PT_PCMA) &&
		 vialens_rtp_silent(data, end, p->payload_off + header_len, len))
		f->silent++;
}

/* Accounts the packet @p of the frame in [@data, @end), for which vialens_media_of() said RTP. False: its
 * flow could not be had. */
VIALENS_INLINE bool vialens_rtp_account(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					__u8 tap)
{
	const __u8 *h = vialens_at(data, end, p->payload_off, VIALENS_RTP_HEADER);
	struct vialens_flow_key key;
	struct vialens_flow first, *f;
	__u64 now = vialens_now();

	__builtin_memset(&key, 0, sizeof(key));
	if (!h || !vialens_flow_addresses(data, end, p, &key))
		return false;
	key.ssrc = vialens_load32(h + 8);
	key.sport = p->sport;
	key.dport = p->dport;
	key.tap = tap;
	f = vialens_flow_find(&key);
	if (!f) {
		__builtin_memset(&first, 0, sizeof(first));
		first.first_ns = first.last_ns = now;
		first.bad_seq = VIALENS_NO_SEQ;
		vialens_flow_add(&key, &first);
		f = vialens_flow_find(&key);
	}
	if (f)
		vialens_flow_packet(data, end, p, h, f, now);
	return f != NULL;
}

#endif

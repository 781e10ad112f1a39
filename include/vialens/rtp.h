/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Media by its look, and the accounting of RTP, T.38 and DTLS: each packet to its flow, in place. Nothing is
 * handed up.
 *
 * An announcement that an ALG has touched may be wrong, and one that is encrypted is not seen: so RTP is
 * known by its first bytes (RFC 3550 A.1, RFC 7983), and a flow is believed once two packets in sequence were
 * seen. Where a session description names one of its ends, it is believed at once, and the description says
 * which clock its payload types have. */
#ifndef VIALENS_RTP_H
#define VIALENS_RTP_H

#include "vialens/jitter.h"
#include "vialens/packet.h"
#include "vialens/sequence.h"

/* What differs between the kernel and a file; whoever includes this provides it. */
VIALENS_INLINE __u64 vialens_now(void);
/* NULL where there is none. */
VIALENS_INLINE struct vialens_flow *vialens_flow_find(const struct vialens_flow_key *key);
/* Adds a flow unless there is one; may fail. */
VIALENS_INLINE void vialens_flow_add(const struct vialens_flow_key *key, const struct vialens_flow *flow);
VIALENS_INLINE const struct vialens_endpoint *vialens_endpoint_find(const struct vialens_endpoint_key *key);

#define VIALENS_LOWEST_MEDIA_PORT 1024 /* what media ports are chosen from (RFC 3551 8) */
#define VIALENS_RTP_HEADER	  12
#define VIALENS_STUN_HEADER	  20
#define VIALENS_DTLS_HEADER	  13
#define VIALENS_STUN_COOKIE	  0x2112a442 /* RFC 8489 5 */
/* The shortest is an RTCP packet of nothing but its header and SSRC. */
#define VIALENS_SHORTEST_MEDIA 8
#define VIALENS_SHORTEST_UDPTL 4 /* number, length of the primary packet, one byte of it */

#define VIALENS_PT_PCMU		 0 /* RFC 3551 6 */
#define VIALENS_PT_PCMA		 8
#define VIALENS_PT_COMFORT_NOISE 13

/* Two packets in sequence that follow each other as those of a source do: no stream of interest sends fewer
 * than one in two seconds at its beginning, or jumps by more than this in its timestamps (12 s of 90,000 Hz).
 */
#define VIALENS_SLOWEST_NS  2000000000ULL
#define VIALENS_FARTHEST_TS (1 << 20)
/* How many packets pass until it is looked up again what was negotiated: a power of two. */
#define VIALENS_LOOK_UP 64u

/* DTLS 1.0 to 1.2, and 1.3 up to the end of its handshake: a record's type and version (RFC 7983, RFC
 * 6347 4.1). */
VIALENS_INLINE bool vialens_looks_dtls(const __u8 *h)
{
	return h[0] >= 20 && h[0] < 64 && h[1] == 0xfe && h[2] >= 0xfc;
}

/* What a datagram of no watched port is. @h: the first VIALENS_SHORTEST_MEDIA bytes of its payload. ZRTP,
 * TURN channels, QUIC and the rest of RFC 7983 are nothing of ours. */
VIALENS_INLINE enum vialens_outcome vialens_media_of(const __u8 *h, const struct vialens_packet *p)
{
	__u8 type = h[1] & 127;

	if (h[0] < 0x40) {
		if (p->payload_len >= VIALENS_STUN_HEADER && vialens_load32(h + 4) == VIALENS_STUN_COOKIE)
			return VIALENS_O_STUN;
		return p->payload_len >= VIALENS_DTLS_HEADER && vialens_looks_dtls(h) ? VIALENS_O_DTLS
										      : VIALENS_O_OTHER;
	}
	if (h[0] >> 6 != 2 || p->sport < VIALENS_LOWEST_MEDIA_PORT || p->dport < VIALENS_LOWEST_MEDIA_PORT)
		return VIALENS_O_OTHER;
	/* RTCP's types are 192 to 223; RTP keeps out of their way, with the marker bit and without (RFC 5761
	 * 4). */
	if (type >= 64 && type < 96)
		return h[1] & 128 && (vialens_load16(h + 2) + 1) * 4u <= p->payload_len ? VIALENS_O_RTCP
											: VIALENS_O_OTHER;
	return p->payload_len >= VIALENS_RTP_HEADER + (h[0] & 15) * 4u ? VIALENS_O_RTP : VIALENS_O_OTHER;
}

/* A packet's addresses and ports as a flow's key has them, and its DSCP (RFC 2474 3). False: they are not in
 * hand. */
VIALENS_INLINE bool vialens_flow_names(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
				       struct vialens_flow_key *key, __u8 *dscp)
{
	const __u8 *ip = vialens_at(data, end, p->l3_off, 20);
	__u32 word;

	__builtin_memset(key, 0, sizeof(*key));
	key->sport = p->sport;
	key->dport = p->dport;
	if (!ip)
		return false;
	if (!p->v6) {
		*dscp = ip[1] >> 2;
		key->saddr[10] = key->saddr[11] = key->daddr[10] = key->daddr[11] = 0xff;
		word = vialens_raw32(ip + 12);
		__builtin_memcpy(key->saddr + 12, &word, 4);
		word = vialens_raw32(ip + 16);
		__builtin_memcpy(key->daddr + 12, &word, 4);
		return true;
	}
	ip = vialens_at(data, end, p->l3_off, 40);
	if (!ip)
		return false;
	*dscp = vialens_load16(ip) >> 6 & 63;
	for (int i = 0; i < 16; i += 4) {
		word = vialens_raw32(ip + 8 + i);
		__builtin_memcpy(key->saddr + i, &word, 4);
		word = vialens_raw32(ip + 24 + i);
		__builtin_memcpy(key->daddr + i, &word, 4);
	}
	return true;
}

/* The end point that a packet goes to or, where nobody announced that, comes from (RFC 4961): one of these
 * kinds, or NULL. */
VIALENS_INLINE const struct vialens_endpoint *vialens_negotiated(const struct vialens_flow_key *key,
								 __u8 kinds)
{
	const struct vialens_endpoint *endpoint;
	struct vialens_endpoint_key name;

	__builtin_memset(&name, 0, sizeof(name));
	__builtin_memcpy(name.addr, key->daddr, 16);
	name.port = key->dport;
	endpoint = vialens_endpoint_find(&name);
	if (endpoint && endpoint->kinds & kinds)
		return endpoint;
	__builtin_memcpy(name.addr, key->saddr, 16);
	name.port = key->sport;
	endpoint = vialens_endpoint_find(&name);
	return endpoint && endpoint->kinds & kinds ? endpoint : NULL;
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

/* What is known of payload type @type in this flow. Seldom called: it looks things up. */
VIALENS_INLINE void vialens_flow_type(const struct vialens_flow_key *key, struct vialens_flow *f, __u8 type)
{
	const struct vialens_endpoint *endpoint = vialens_negotiated(key, VIALENS_E_RTP);
	__u32 rate = 0;
	__u8 known;

	if (endpoint) {
		f->negotiated = f->believed = 1;
		known = endpoint->types[vialens_masked(type, 127)];
		if (known & VIALENS_TYPE_EVENT) {
			f->timing = VIALENS_T_EVENT;
			return;
		}
		rate = endpoint->rates[vialens_masked(known, VIALENS_RATES - 1)];
	}
	vialens_jitter_clock(f, rate ? rate : vialens_static_clock(type));
}

/* RFC 3550 A.1, as far as it says whether to believe: two packets in sequence, MIN_SEQUENTIAL. To be called
 * before the packet is counted. */
VIALENS_INLINE bool vialens_flow_plausible(const struct vialens_flow *f, __u16 seq, __u8 type, __u32 ts,
					   __u64 now)
{
	__s32 ticks = (__s32)(ts - f->timed_ts);

	return f->packets && seq == (__u16)(f->last_seq + 1) && type == f->last_payload_type &&
	       now - f->last_ns + VIALENS_SLOWEST_NS < 2 * VIALENS_SLOWEST_NS &&
	       ticks > -VIALENS_FARTHEST_TS && ticks < VIALENS_FARTHEST_TS;
}

/* What a packet of any kind adds. */
VIALENS_INLINE void vialens_flow_count(struct vialens_flow *f, __u32 len, __u8 dscp, __u64 now)
{
	f->packets++;
	f->bytes += len;
	f->dscp = dscp;
	f->dscps |= 1ULL << vialens_masked(dscp, 63);
	if (now > f->last_ns) { /* CPUs, and the files of one capture, may be out of step */
		if (now - f->last_ns > f->longest_gap_ns)
			f->longest_gap_ns = now - f->last_ns;
		f->last_ns = now;
	}
}

/* How many bytes the RTP header @h of the packet @p has. */
VIALENS_INLINE __u32 vialens_rtp_header(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					const __u8 *h)
{
	__u32 len = VIALENS_RTP_HEADER + (h[0] & 15) * 4;
	const __u8 *extension;

	if (!(h[0] & 16))
		return len;
	extension = vialens_at(data, end, p->payload_off + len, 4);
	return extension ? len + 4 + vialens_load16(extension + 2) * 4 : len;
}

/* Adds the packet @p, whose RTP header is @h, to its flow. */
VIALENS_INLINE void vialens_flow_packet(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					const __u8 *h, const struct vialens_flow_key *key,
					struct vialens_flow *f, __u8 dscp, __u64 now)
{
	__u32 header_len = vialens_rtp_header(data, end, p, h), ts = vialens_load32(h + 4);
	__u32 len = p->payload_len > header_len ? p->payload_len - header_len : 0;
	__u8 type = h[1] & 127, before = f->last_payload_type;
	__u16 seq = vialens_load16(h + 2);

	if (type != before || !(f->packets & (VIALENS_LOOK_UP - 1)))
		vialens_flow_type(key, f, type);
	if (!f->believed)
		f->believed = vialens_flow_plausible(f, seq, type, ts, now);
	vialens_sequence(f, seq);
	/* As tshark does: a talkspurt, and what is next to comfort noise, begin when the speaker does. */
	vialens_jitter(
	    f, ts, !(h[1] & 128) && type != VIALENS_PT_COMFORT_NOISE && before != VIALENS_PT_COMFORT_NOISE,
	    now);
	vialens_flow_count(f, len, dscp, now);
	f->last_payload_type = type;
	f->payload_types[vialens_masked(type >> 6, 1)] |= 1ULL << (type & 63);
	if (h[1] & 128)
		f->markers++;
	if (f->timing == VIALENS_T_EVENT)
		f->events++;
	else if (type == VIALENS_PT_COMFORT_NOISE)
		f->comfort_noise++;
	else if ((type == VIALENS_PT_PCMU || type == VIALENS_PT_PCMA) &&
		 vialens_rtp_silent(data, end, p->payload_off + header_len, len))
		f->silent++;
}

/* The flow of this name, added if it is a new one, which takes room in @blank. NULL: it could not be had. */
VIALENS_INLINE struct vialens_flow *vialens_flow_get(const struct vialens_flow_key *key,
						     struct vialens_flow *blank, __u64 now)
{
	struct vialens_flow *f = vialens_flow_find(key);

	if (f)
		return f;
	__builtin_memset(blank, 0, sizeof(*blank));
	blank->first_ns = blank->last_ns = now;
	blank->believed = blank->negotiated = key->kind != VIALENS_K_RTP; /* there it is known before */
	vialens_flow_add(key, blank);
	return vialens_flow_find(key);
}

/* Accounts the packet @p of the frame in [@data, @end), for which vialens_media_of() said RTP. @key has all
 * but the SSRC. False: its flow could not be had. */
VIALENS_INLINE bool vialens_rtp_account(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					struct vialens_flow_key *key, struct vialens_flow *blank, __u8 dscp)
{
	const __u8 *h = vialens_at(data, end, p->payload_off, VIALENS_RTP_HEADER);
	__u64 now = vialens_now();
	struct vialens_flow *f;

	if (!h)
		return false;
	key->ssrc = vialens_load32(h + 8);
	f = vialens_flow_get(key, blank, now);
	if (f)
		vialens_flow_packet(data, end, p, h, key, f, dscp, now);
	return f != NULL;
}

/* T.38 to or from an end point that was negotiated for it: UDPTL (T.38 9.1) begins with its sequence number
 * and has no other mark. What looks like RTP there is RTP, unless the numbers have come that far. False: it
 * is no UDPTL. */
VIALENS_INLINE bool vialens_udptl_account(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					  struct vialens_flow_key *key, struct vialens_flow *blank, __u8 dscp)
{
	const __u8 *h = vialens_at(data, end, p->payload_off, VIALENS_SHORTEST_UDPTL);
	__u64 now = vialens_now();
	struct vialens_flow *f;
	__u16 seq;

	if (!h || !vialens_negotiated(key, VIALENS_E_FAX))
		return false;
	key->kind = VIALENS_K_FAX;
	seq = vialens_load16(h);
	f = seq >> 14 ? vialens_flow_find(key) : vialens_flow_get(key, blank, now);
	if (!f || (seq >> 14 && (__u16)(seq - f->highest + VIALENS_MAX_MISORDER) >= VIALENS_MAX_DROPOUT)) {
		key->kind = VIALENS_K_RTP;
		return false;
	}
	vialens_sequence(f, seq);
	vialens_flow_count(f, p->payload_len, dscp, now);
	return true;
}

/* DTLS to or from an end point that was negotiated for RTP, from which it takes its keys (RFC 5764); any
 * other is not ours. False: its flow could not be had. */
VIALENS_INLINE bool vialens_dtls_account(const __u8 *data, const __u8 *end, const struct vialens_packet *p,
					 struct vialens_flow_key *key, struct vialens_flow *blank, __u8 dscp)
{
	const __u8 *h = vialens_at(data, end, p->payload_off, 1);
	__u64 now = vialens_now();
	struct vialens_flow *f;

	if (!h)
		return false;
	if (!vialens_negotiated(key, VIALENS_E_RTP))
		return true;
	key->kind = VIALENS_K_DTLS;
	f = vialens_flow_get(key, blank, now);
	if (!f)
		return false;
	vialens_flow_count(f, p->payload_len, dscp, now);
	f->last_payload_type = h[0];
	f->payload_types[0] |= 1ULL << (h[0] & 63);
	return true;
}

#endif

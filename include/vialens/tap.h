/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a tap does with a packet: sort it into one outcome, hand it up as events if it is SIP, and account it
 * if it is RTP.
 *
 * The kernel programs and the capture file reader both are this code. Each provides, before it includes this
 * file, what differs between a network card and a file: struct vialens_context, and the functions that are
 * declared first. */
#ifndef VIALENS_TAP_H
#define VIALENS_TAP_H

#include "vialens/rtcp.h"
#include "vialens/scan.h"

/* @len, in 1..VIALENS_CHUNK, and says so to the verifier. In assembly because a comparison in C that the
 * compiler can prove, it drops, or makes on a copy of the register. */
VIALENS_INLINE __u64 vialens_in_chunk(__u32 len)
{
	__u64 n = len < VIALENS_CHUNK ? len : VIALENS_CHUNK;

#ifdef __bpf__
	asm volatile("%0 += -1; %0 &= %1; %0 += 1" : "+r"(n) : "i"(VIALENS_CHUNK - 1));
#endif
	return n;
}

/* Is this port configured as SIP? */
VIALENS_INLINE bool vialens_port_watched(__u16 port);
/* May it be the port of an end point for T.38? */
VIALENS_INLINE bool vialens_port_fax(__u16 port);
/* Copies @len bytes (1..VIALENS_CHUNK) of the frame at @off. 0, or not if they cannot be had. */
VIALENS_INLINE long vialens_read(struct vialens_context ctx, __u32 off, void *to, __u64 len);
/* Hands up the scratch event and @len bytes of its payload. 0, or not if there is no room. */
VIALENS_INLINE long vialens_put(struct vialens_scratch *s, __u64 len);
/* Calls vialens_put_piece(): a function of its own where the verifier would otherwise check it once per
 * piece. */
VIALENS_INLINE __u32 vialens_next_piece(struct vialens_context ctx);
/* The tap's counters; may be NULL for the verifier's sake only. */
VIALENS_INLINE struct vialens_counters *vialens_tap_counters(__u32 direction);
/* What the first fragment of the scratch packet's datagram was: 1 ours, 0 not ours, -1 not seen lately. */
VIALENS_INLINE int vialens_fragment_known(struct vialens_scratch *s);
VIALENS_INLINE void vialens_fragment_learn(struct vialens_scratch *s, bool ours);
/* The number of the tap that sees packets of this direction. */
VIALENS_INLINE __u8 vialens_tap_number(__u32 direction);

/* Shorter payloads are keep-alives: "\r\n\r\n" (RFC 5626 3.5.1), "\0", "jaK". The shortest request line is
 * longer. */
#define VIALENS_SHORTEST 16

/* Not outcomes: what it takes to know the outcome. */
#define VIALENS_LOOK  VIALENS_OUTCOMES	     /* the text has to be looked at */
#define VIALENS_FETCH (VIALENS_OUTCOMES + 1) /* so has the payload, which is not in hand */

/* A SIP request begins with three capital letters and one more or a space; a response with "SIP/". */
VIALENS_INLINE bool vialens_may_be_sip(const __u8 *text)
{
	if (text[0] == 'S' && text[1] == 'I' && text[2] == 'P' && text[3] == '/')
		return true;
	return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && text[2] >= 'A' &&
	       text[2] <= 'Z' && ((text[3] >= 'A' && text[3] <= 'Z') || text[3] == ' ');
}

/* What still has to be accounted once it is decided. */
VIALENS_INLINE bool vialens_accounted(__u32 outcome)
{
	return outcome == VIALENS_O_RTP || outcome == VIALENS_O_RTCP || outcome == VIALENS_O_UDPTL ||
	       outcome == VIALENS_O_DTLS;
}

/* A datagram that may be T.38, by its ports; vialens_account() decides. */
VIALENS_INLINE bool vialens_may_be_fax(enum vialens_walk walked, const struct vialens_packet *p)
{
	return walked == VIALENS_WALK_UDP && (vialens_port_fax(p->dport) || vialens_port_fax(p->sport)) &&
	       p->payload_len >= VIALENS_SHORTEST_UDPTL;
}

/* What a fragment is: RTP if it is the first of such a packet (video may be longer than what fits into one
 * frame); all else needs a look. */
VIALENS_INLINE __u32 vialens_decide_fragment(const __u8 *data, const __u8 *end,
					     const struct vialens_packet *p)
{
	const __u8 *payload;

	if (p->frag_off || p->protocol != VIALENS_IPPROTO_UDP || p->payload_len < VIALENS_RTP_HEADER ||
	    vialens_port_watched(p->sport) || vialens_port_watched(p->dport))
		return VIALENS_LOOK;
	payload = vialens_at(data, end, p->payload_off, VIALENS_RTP_HEADER);
	if (!payload)
		return VIALENS_FETCH;
	return vialens_media_of(payload, p) == VIALENS_O_RTP ? (__u32)VIALENS_O_RTP : (__u32)VIALENS_LOOK;
}

/* The cheap decision that every packet of the interface gets: its outcome, or what is missing to know it. */
VIALENS_INLINE __u32 vialens_decide(const __u8 *data, const __u8 *end, enum vialens_walk walked,
				    const struct vialens_packet *p)
{
	const __u8 *payload;
	__u32 outcome;

	if (walked == VIALENS_WALK_OTHER)
		return VIALENS_O_OTHER;
	if (walked == VIALENS_WALK_SHORT || walked == VIALENS_WALK_BROKEN)
		return VIALENS_O_BROKEN;
	if (walked == VIALENS_WALK_FRAGMENT)
		return vialens_decide_fragment(data, end, p);
	if (vialens_port_watched(p->sport) || vialens_port_watched(p->dport)) {
		if (walked == VIALENS_WALK_TCP)
			return p->payload_len ||
				       p->tcp_flags & (VIALENS_TCP_SYN | VIALENS_TCP_FIN | VIALENS_TCP_RST)
				   ? VIALENS_LOOK
				   : VIALENS_O_OTHER;
		return p->payload_len < VIALENS_SHORTEST ? VIALENS_O_KEEPALIVE : VIALENS_LOOK;
	}
	if (vialens_may_be_fax(walked, p))
		return vialens_at(data, end, p->payload_off, VIALENS_SHORTEST_UDPTL) ? VIALENS_O_UDPTL
										     : VIALENS_FETCH;
	if (walked == VIALENS_WALK_TCP || p->payload_len < VIALENS_SHORTEST_MEDIA)
		return VIALENS_O_OTHER;
	payload = vialens_at(data, end, p->payload_off, VIALENS_SHORTEST_MEDIA);
	if (!payload)
		return VIALENS_FETCH;
	if (payload[0] >> 6 != 1) { /* letters do */
		outcome = vialens_media_of(payload, p);
		if (outcome == VIALENS_O_RTP && !vialens_at(data, end, p->payload_off, VIALENS_RTP_HEADER))
			return VIALENS_FETCH;
		return outcome;
	}
	return p->payload_len >= VIALENS_SHORTEST && vialens_may_be_sip(payload) ? VIALENS_LOOK
										 : VIALENS_O_OTHER;
}

VIALENS_INLINE void vialens_count(__u32 direction, __u32 outcome, __u32 frame_len)
{
	struct vialens_counters *c = vialens_tap_counters(direction);

	if (!c || outcome >= VIALENS_OUTCOMES)
		return;
	c->packets[outcome]++;
	c->bytes[outcome] += frame_len;
}

VIALENS_INLINE void vialens_count_flow_failed(__u32 direction)
{
	struct vialens_counters *c = vialens_tap_counters(direction);

	if (c)
		c->flows_failed++;
}

/* Of an RTP packet in fragments the first stands for all, with the length of the whole; those that follow are
 * told by it. The scratch key has the addresses. */
VIALENS_INLINE void vialens_begin_fragmented(const __u8 *data, const __u8 *end, struct vialens_scratch *s)
{
	const __u8 *udp = vialens_at(data, end, s->packet.l4_off, 8);
	__u32 len = udp ? vialens_load16(udp + 4) : 0;

	if (len >= 8 + s->packet.payload_len)
		s->packet.payload_len = len - 8;
	__builtin_memcpy(s->event.saddr, s->key.saddr, 16);
	__builtin_memcpy(s->event.daddr, s->key.daddr, 16);
	s->event.ktime_ns = vialens_now();
	vialens_fragment_learn(s, false);
}

/* Adds the packet in s->packet to its flow or, RTCP, its sender. s->outcome is what vialens_decide() said.
 * Returns the packet's outcome. */
VIALENS_INLINE __u32 vialens_account(const __u8 *data, const __u8 *end, struct vialens_scratch *s)
{
	const struct vialens_packet *p = &s->packet;
	__u32 outcome = s->outcome;
	struct vialens_flow_key *key = &s->key;
	const __u8 *payload;
	bool done;

	if (!vialens_flow_names(data, end, p, key, &s->dscp)) {
		vialens_count_flow_failed(s->direction);
		return outcome == VIALENS_O_UDPTL ? (__u32)VIALENS_O_OTHER : outcome;
	}
	key->tap = vialens_tap_number(s->direction);
	if (p->more)
		vialens_begin_fragmented(data, end, s);
	if (outcome == VIALENS_O_UDPTL) {
		payload = vialens_at(data, end, p->payload_off, VIALENS_SHORTEST_MEDIA);
		outcome = payload && p->payload_len >= VIALENS_SHORTEST_MEDIA ? vialens_media_of(payload, p)
									      : VIALENS_O_OTHER;
		if (outcome != VIALENS_O_STUN &&
		    vialens_udptl_account(data, end, p, key, &s->blank.flow, s->dscp))
			return VIALENS_O_UDPTL;
	}
	if (outcome == VIALENS_O_RTP)
		done = vialens_rtp_account(data, end, p, key, &s->blank.flow, s->dscp);
	else if (outcome == VIALENS_O_DTLS)
		done = vialens_dtls_account(data, end, p, key, &s->blank.flow, s->dscp);
	else
		done = outcome != VIALENS_O_RTCP || vialens_rtcp_account(data, end, p, key, &s->blank.rtcp);
	if (!done)
		vialens_count_flow_failed(s->direction);
	return outcome;
}

/* Counts what the match found. Of a stream only the message that a segment begins with is counted here. */
VIALENS_INLINE void vialens_count_match(const struct vialens_match *m, __u32 direction)
{
	struct vialens_counters *c = vialens_tap_counters(direction);

	if (!c)
		return;
	if (m->status)
		c->status[vialens_masked(m->status, VIALENS_STATUSES - 1)]++;
	else
		c->methods[vialens_masked(m->method, VIALENS_METHODS - 1)]++;
	if (!(m->flags & VIALENS_MATCH_FINISHED))
		c->unfinished++;
	if (m->flags & VIALENS_MATCH_PRIVATE_VIA)
		c->private_via++;
	if (m->flags & VIALENS_MATCH_PRIVATE_CONTACT)
		c->private_contact++;
	if (m->flags & VIALENS_MATCH_PRIVATE_SDP)
		c->private_sdp++;
}

/* Addresses out of the IP header. */
VIALENS_INLINE long vialens_read_addresses(struct vialens_context ctx, struct vialens_scratch *s)
{
	struct vialens_event *e = &s->event;

	if (s->packet.v6)
		return vialens_read(ctx, s->packet.l3_off + 8, e->saddr, 16) ||
		       vialens_read(ctx, s->packet.l3_off + 24, e->daddr, 16);
	__builtin_memset(e->saddr, 0, 10);
	__builtin_memset(e->daddr, 0, 10);
	e->saddr[10] = e->saddr[11] = e->daddr[10] = e->daddr[11] = 0xff;
	return vialens_read(ctx, s->packet.l3_off + 12, e->saddr + 12, 4) ||
	       vialens_read(ctx, s->packet.l3_off + 16, e->daddr + 12, 4);
}

/* Sends the next piece of what vialens_put_pieces() was asked to send. VIALENS_LOOK: there are more. */
VIALENS_INLINE __u32 vialens_put_piece(struct vialens_context ctx, struct vialens_scratch *s)
{
	struct vialens_event *e = &s->event;
	__u64 n = vialens_in_chunk(s->piece_left);

	if (vialens_read(ctx, s->piece_off, s->payload, n))
		return VIALENS_O_LOST_COPY;
	s->piece_off += (__u32)n;
	s->piece_left -= (__u32)n;
	e->cap_len = e->wire_len = (__u32)n;
	e->more = s->piece_more || s->piece_left;
	if (!s->piece_left) /* the end of a stream is behind the last piece */
		e->tcp_flags |= s->packet.tcp_flags & (VIALENS_TCP_FIN | VIALENS_TCP_RST);
	if (vialens_put(s, n))
		return VIALENS_O_LOST_RING;

	if (e->kind == VIALENS_SEGMENT)
		e->tcp_seq += (__u32)n + (e->tcp_flags & VIALENS_TCP_SYN ? 1 : 0);
	else
		e->piece_off += (__u32)n;
	e->tcp_flags &= ~VIALENS_TCP_SYN;
	__builtin_memset(&e->match, 0, sizeof(e->match)); /* of the first piece */
	return s->piece_left ? (__u32)VIALENS_LOOK : s->outcome;
}

/* Sends @len bytes of the frame from @off on, in as many events as it takes. Returns s->outcome, or why not.
 */
VIALENS_INLINE __u32 vialens_put_pieces(struct vialens_context ctx, struct vialens_scratch *s, __u32 off,
					__u32 len)
{
	struct vialens_event *e = &s->event;

	s->piece_off = off;
	s->piece_left = len;
	s->piece_more = e->more;
	e->tcp_flags &= ~(VIALENS_TCP_FIN | VIALENS_TCP_RST);
	if (e->kind == VIALENS_FRAGMENT) /* a match of a text that is not whole, and whose offsets count from
					    elsewhere */
		__builtin_memset(&e->match, 0, sizeof(e->match));
	for (__u32 i = 0; i < VIALENS_MAX_PIECES; i++) {
		__u32 outcome = vialens_next_piece(ctx);

		if (outcome != VIALENS_LOOK)
			return outcome;
	}
	return VIALENS_O_LOST_SIZE;
}

/* Is the text in the scratch payload worth an event? On a watched port everything that begins like text is:
 * what a router made of a message must not vanish because it is no longer one. A segment may begin anywhere
 * in a message. */
VIALENS_INLINE bool vialens_judge(struct vialens_scratch *s, __u32 len)
{
	__u8 first = s->payload[0];

	if (vialens_match_text(len)) {
		if (s->packet.more || s->packet.payload_len > len) /* the text goes on elsewhere */
			s->event.match.flags &= ~VIALENS_MATCH_FINISHED;
		vialens_count_match(&s->event.match, s->direction);
		return true;
	}
	if (s->packet.protocol == VIALENS_IPPROTO_TCP)
		return s->watched;
	return s->watched && ((first >= ' ' && first < 0x7f) || first == '\r' || first == '\n');
}

/* What the scratch payload is if it is no SIP. */
VIALENS_INLINE __u32 vialens_no_sip(struct vialens_scratch *s)
{
	__u32 outcome;

	if (s->event.kind == VIALENS_FRAGMENT)
		return VIALENS_O_FRAGMENT_OTHER;
	if (s->watched)
		return VIALENS_O_NOT_SIP;
	outcome = vialens_media_of(s->payload, &s->packet);
	/* Its headers were not in hand, and here they are not looked for. */
	if (outcome == VIALENS_O_RTP || outcome == VIALENS_O_RTCP)
		vialens_count_flow_failed(s->direction);
	return outcome;
}

VIALENS_INLINE void vialens_begin_event(struct vialens_scratch *s)
{
	const struct vialens_packet *p = &s->packet;
	struct vialens_event *e = &s->event;
	bool fragment = p->more || p->frag_off;

	__builtin_memset(&e->match, 0, sizeof(e->match));
	e->ktime_ns = vialens_now();
	e->sport = fragment ? 0 : p->sport;
	e->dport = fragment ? 0 : p->dport;
	e->ip_id = p->ip_id;
	e->piece_off = p->frag_off;
	e->tcp_seq = p->tcp_seq;
	e->protocol = p->protocol;
	e->tcp_flags = p->tcp_flags;
	e->more = p->more;
	e->synthetic = 0;
	e->kind = fragment			       ? VIALENS_FRAGMENT
		  : p->protocol == VIALENS_IPPROTO_TCP ? VIALENS_SEGMENT
						       : VIALENS_DATAGRAM;
	s->outcome = fragment			  ? VIALENS_O_FRAGMENT
		     : e->kind == VIALENS_SEGMENT ? VIALENS_O_SEGMENT
						  : VIALENS_O_SIP;
}

/* The expensive part, for packets that vialens_decide() wanted looked at. s->packet, s->watched and
 * s->direction are set. Returns the packet's outcome. */
VIALENS_INLINE __u32 vialens_capture(struct vialens_context ctx, struct vialens_scratch *s)
{
	const struct vialens_packet *p = &s->packet;
	struct vialens_event *e = &s->event;
	__u32 off = p->payload_off, len = p->payload_len;
	__u64 n = vialens_in_chunk(len);
	bool ours;

	vialens_begin_event(s);
	if (vialens_read_addresses(ctx, s))
		return VIALENS_O_LOST_COPY;

	if (p->frag_off) { /* a later fragment: no port, no text to judge by */
		if (vialens_fragment_known(s) == 0)
			return VIALENS_O_FRAGMENT_OTHER;
	} else if (len) {
		if (vialens_read(ctx, off, s->payload, n))
			return VIALENS_O_LOST_COPY;
		/* The match looks a little behind the text, where an earlier packet may have left bytes. */
		__builtin_memset(s->payload + n, 0, 16);
		ours = vialens_judge(s, (__u32)n);
		if (e->kind == VIALENS_FRAGMENT)
			vialens_fragment_learn(s, ours);
		if (!ours)
			return vialens_no_sip(s);
	}
	if (e->kind == VIALENS_DATAGRAM && len > VIALENS_CHUNK) {
		e->kind = VIALENS_FRAGMENT; /* goes up as the fragments that it might have come in */
		e->synthetic = 1;
		e->ip_id = (__u32)e->ktime_ns;
		e->sport = e->dport = 0;
		off = p->l4_off;
		len += 8;
	} else if (e->kind == VIALENS_FRAGMENT) {
		off = p->l4_off;
		len = p->l4_len;
	} else if (len <=
		   VIALENS_CHUNK) { /* in the scratch record already; a bare SYN, FIN or RST has no bytes */
		e->cap_len = e->wire_len = len;
		return vialens_put(s, len) ? (__u32)VIALENS_O_LOST_RING : s->outcome;
	}
	return len ? vialens_put_pieces(ctx, s, off, len) : (__u32)VIALENS_O_BROKEN;
}

#endif

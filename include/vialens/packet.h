/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a frame to its transport header: Ethernet, 802.1Q and QinQ, PPPoE sessions, IPv4 with options, IPv6
 * with extension headers, fragments, UDP and TCP. Every packet of the interface pays for this, so it reads in
 * place and copies nothing. */
#ifndef VIALENS_PACKET_H
#define VIALENS_PACKET_H

#include "vialens/platform.h"

enum vialens_walk {
	VIALENS_WALK_OTHER,    /* no IP, or neither UDP nor TCP */
	VIALENS_WALK_SHORT,    /* the headers go on behind the bytes in hand */
	VIALENS_WALK_BROKEN,   /* a length contradicts another one */
	VIALENS_WALK_FRAGMENT, /* protocol is UDP or TCP; ports only if frag_off is 0 */
	VIALENS_WALK_UDP,
	VIALENS_WALK_TCP,
};

/* Offsets count from the first byte of the frame. */
struct vialens_packet {
	__u32 l3_off;
	__u32 l4_off;
	__u32 l4_len;	   /* IP payload in this packet, by the IP header: Ethernet padding is not in it */
	__u32 payload_off; /* behind the UDP or TCP header */
	__u32 payload_len;
	__u32 ip_id;
	__u32 frag_off; /* bytes */
	__u32 tcp_seq;
	__u16 sport;
	__u16 dport;
	__u8 v6;
	__u8 protocol;
	__u8 more; /* fragments follow */
	__u8 tcp_flags;
};

#define VIALENS_IPPROTO_TCP    6
#define VIALENS_IPPROTO_UDP    17
#define VIALENS_MAX_TAGS       3 /* 802.1ad, 802.1Q, and one more that some access networks add */
#define VIALENS_MAX_EXTENSIONS 8 /* IPv6 extension headers; RFC 8200 4.1 knows seven places */

#define VIALENS_TCP_FIN 0x01
#define VIALENS_TCP_SYN 0x02
#define VIALENS_TCP_RST 0x04

VIALENS_INLINE enum vialens_walk vialens_walk_udp(const __u8 *data, const __u8 *end, struct vialens_packet *p)
{
	const __u8 *h = vialens_at(data, end, p->l4_off, 8);
	__u32 len;

	if (p->l4_len < 8)
		return VIALENS_WALK_BROKEN;
	if (!h)
		return VIALENS_WALK_SHORT;
	p->sport = vialens_load16(h);
	p->dport = vialens_load16(h + 2);
	len = vialens_load16(h + 4);
	p->payload_off = p->l4_off + 8;
	p->payload_len = p->l4_len - 8;
	if (p->more || p->frag_off)
		return VIALENS_WALK_FRAGMENT;
	if (len == 0) /* IPv6 jumbogram (RFC 2675), segmentation offload */
		return VIALENS_WALK_UDP;
	if (len < 8 || len > p->l4_len)
		return VIALENS_WALK_BROKEN;
	p->payload_len = len - 8;
	return VIALENS_WALK_UDP;
}

VIALENS_INLINE enum vialens_walk vialens_walk_tcp(const __u8 *data, const __u8 *end, struct vialens_packet *p)
{
	const __u8 *h = vialens_at(data, end, p->l4_off, 20);
	__u32 len;

	if (p->l4_len < 20)
		return VIALENS_WALK_BROKEN;
	if (!h)
		return VIALENS_WALK_SHORT;
	len = (h[12] >> 4) * 4;
	if (len < 20 || len > p->l4_len)
		return VIALENS_WALK_BROKEN;
	p->sport = vialens_load16(h);
	p->dport = vialens_load16(h + 2);
	p->tcp_seq = vialens_load32(h + 4);
	p->tcp_flags = h[13];
	p->payload_off = p->l4_off + len;
	p->payload_len = p->l4_len - len;
	return p->more || p->frag_off ? VIALENS_WALK_FRAGMENT : VIALENS_WALK_TCP;
}

VIALENS_INLINE enum vialens_walk vialens_walk_l4(const __u8 *data, const __u8 *end, __u32 frame_len,
						 struct vialens_packet *p)
{
	if (p->protocol != VIALENS_IPPROTO_UDP && p->protocol != VIALENS_IPPROTO_TCP)
		return VIALENS_WALK_OTHER;
	if (p->l4_len > frame_len || p->l4_off > frame_len - p->l4_len)
		return VIALENS_WALK_BROKEN;
	if (p->frag_off)
		return VIALENS_WALK_FRAGMENT;
	if (p->protocol == VIALENS_IPPROTO_UDP)
		return vialens_walk_udp(data, end, p);
	return vialens_walk_tcp(data, end, p);
}

VIALENS_INLINE enum vialens_walk vialens_walk_v4(const __u8 *data, const __u8 *end, __u32 frame_len,
						 __u32 off, struct vialens_packet *p)
{
	const __u8 *h = vialens_at(data, end, off, 20);
	__u32 header_len, len;
	__u16 frag;

	if (!h)
		return VIALENS_WALK_SHORT;
	header_len = (h[0] & 15) * 4;
	len = vialens_load16(h + 2);
	frag = vialens_load16(h + 6);
	if (len == 0) /* a segmentation offload packet over 64 KiB */
		len = frame_len - off;
	if (h[0] >> 4 != 4 || header_len < 20 || len < header_len)
		return VIALENS_WALK_BROKEN;
	p->ip_id = vialens_load16(h + 4);
	p->more = (frag & 0x2000) != 0;
	p->frag_off = (frag & 0x1fff) * 8;
	p->protocol = h[9];
	p->l4_off = off + header_len;
	p->l4_len = len - header_len;
	return vialens_walk_l4(data, end, frame_len, p);
}

VIALENS_INLINE enum vialens_walk vialens_walk_v6(const __u8 *data, const __u8 *end, __u32 frame_len,
						 __u32 off, struct vialens_packet *p)
{
	const __u8 *h = vialens_at(data, end, off, 40);
	__u32 l3_end;
	__u8 next;

	if (!h)
		return VIALENS_WALK_SHORT;
	if (h[0] >> 4 != 6)
		return VIALENS_WALK_BROKEN;
	p->v6 = 1;
	l3_end = vialens_load16(h + 4);
	l3_end = l3_end ? off + 40 + l3_end : frame_len; /* 0: jumbogram or segmentation offload */
	next = h[6];
	off += 40;

	for (int i = 0; i < VIALENS_MAX_EXTENSIONS; i++) {
		/* hop-by-hop, routing, destination options, fragment, authentication, mobility */
		if (next != 0 && next != 43 && next != 60 && next != 44 && next != 51 && next != 135)
			break;
		h = vialens_at(data, end, off, 8);
		if (!h)
			return VIALENS_WALK_SHORT;
		if (next == 44) {
			__u16 frag = vialens_load16(h + 2);

			p->ip_id = vialens_load32(h + 4);
			p->more = frag & 1;
			p->frag_off = frag & 0xfff8;
			off += 8;
		} else if (next == 51) {
			off += (h[1] + 2) * 4;
		} else {
			off += (h[1] + 1) * 8;
		}
		next = h[0];
		if (off >= 0x3fff) /* where vialens_at() ends */
			return VIALENS_WALK_BROKEN;
		off = (__u32)vialens_forget(off, 0x3fff);
		if (p->frag_off)
			break; /* what follows are bytes of another packet's headers */
	}
	if (off > l3_end)
		return VIALENS_WALK_BROKEN;
	p->protocol = next;
	p->l4_off = off;
	p->l4_len = l3_end - off;
	return vialens_walk_l4(data, end, frame_len, p);
}

/* The link layer: sets *@off to the IP header and returns 4, 6, or 0 for anything else; -1 if it ends too
 * early. */
VIALENS_INLINE int vialens_walk_link(const __u8 *data, const __u8 *end, __u32 *off)
{
	const __u8 *h = vialens_at(data, end, 12, 2);
	__u16 type;

	if (!h)
		return -1;
	type = vialens_load16(h);
	*off = 14;
	for (int i = 0; i < VIALENS_MAX_TAGS; i++) {
		if (type != 0x8100 && type != 0x88a8 && type != 0x9100)
			break;
		h = vialens_at(data, end, *off, 4);
		if (!h)
			return -1;
		type = vialens_load16(h + 2);
		*off += 4;
	}
	if (type == 0x8864) { /* PPPoE session stage (RFC 2516): 6 bytes and the PPP protocol */
		h = vialens_at(data, end, *off, 8);
		if (!h)
			return -1;
		type = vialens_load16(h + 6);
		*off += 8;
		return type == 0x0021 ? 4 : type == 0x0057 ? 6 : 0;
	}
	return type == 0x0800 ? 4 : type == 0x86dd ? 6 : 0;
}

/* Finds the transport header of the frame in [@data, @end), of which @frame_len bytes exist in all (more than
 * are in hand where the packet lies in pieces, or where a capture file was cut). @ethernet: the frame begins
 * with an Ethernet header; otherwise, as on ppp0 and WireGuard, with the IP header. */
VIALENS_INLINE enum vialens_walk vialens_walk_frame(const __u8 *data, const __u8 *end, __u32 frame_len,
						    bool ethernet, struct vialens_packet *p)
{
	const __u8 *h;
	__u32 off = 0;
	int version;

	__builtin_memset(p, 0, sizeof(*p));
	vialens_in_memory(p);
	if (ethernet) {
		version = vialens_walk_link(data, end, &off);
	} else {
		h = vialens_at(data, end, 0, 1);
		version = h ? h[0] >> 4 : -1;
	}
	if (version < 0)
		return VIALENS_WALK_SHORT;
	off = (__u32)vialens_forget(off, 63); /* 14, three tags and PPPoE: 34 at most */
	p->l3_off = off;
	if (version == 4)
		return vialens_walk_v4(data, end, frame_len, off, p);
	if (version == 6)
		return vialens_walk_v6(data, end, frame_len, off, p);
	return VIALENS_WALK_OTHER;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel programs and the control plane agree on: events, flows, counters, limits.
 *
 * Plain C99 and C++20, fixed-width types, no pointers, no implicit padding. Addresses are IPv6, IPv4 ones
 * v4-mapped. Numbers are in host order. A change of a struct here needs no version: both sides are one
 * binary. */
#ifndef VIALENS_ABI_H
#define VIALENS_ABI_H

#include <linux/types.h>

/* Bytes that one event carries at most. A power of two, since the kernel side masks offsets with it. A full
 * Ethernet frame fits; what is longer (jumbo frames, segmentation offload, loopback) goes up in several
 * events. */
#define VIALENS_CHUNK 2048u
/* 64 KiB of IP payload in VIALENS_CHUNK pieces, and one more for the headers in front. */
#define VIALENS_MAX_PIECES 33u
/* Response codes end at 699; a power of two, since the kernel side masks with it. */
#define VIALENS_STATUSES 1024u
/* How much of a value its hash covers. */
#define VIALENS_HASHED 512u

enum vialens_direction { VIALENS_IN = 0, VIALENS_OUT = 1, VIALENS_DIRECTIONS = 2 };

/* What an event's bytes are. */
enum vialens_kind {
	VIALENS_DATAGRAM = 0, /* a whole UDP payload */
	VIALENS_FRAGMENT = 1, /* a part of an IP payload, from piece_off on, UDP or TCP header included */
	VIALENS_SEGMENT = 2,  /* a part of a TCP stream, from tcp_seq on */
};

/* Where every packet ends: exactly one of these, per tap. Numbers are stable; retired ones stay unused. */
enum vialens_outcome {
	VIALENS_O_OTHER = 0,	/* nothing of ours: another protocol or port, no SIP start line, a bare ACK */
	VIALENS_O_SIP = 1,	/* a SIP datagram, handed up */
	VIALENS_O_SEGMENT = 2,	/* a TCP segment of a watched port, handed up */
	VIALENS_O_FRAGMENT = 3, /* an IP fragment that may carry SIP, handed up */
	VIALENS_O_FRAGMENT_OTHER = 4, /* an IP fragment of a datagram that is known not to be SIP */
	VIALENS_O_KEEPALIVE = 5,      /* watched port, a datagram too short for a message: CRLF, "jaK" */
	VIALENS_O_NOT_SIP = 6,	      /* watched port, but no text: STUN, DTLS, garbage */
	VIALENS_O_BROKEN = 7,	      /* its headers contradict each other or end too early */
	VIALENS_O_LOST_RING = 8,  /* ours, and the ring buffer was full: lost to us, not to its receiver */
	VIALENS_O_LOST_COPY = 9,  /* ours, and its bytes could not be read */
	VIALENS_O_LOST_SIZE = 10, /* ours, and longer than VIALENS_MAX_PIECES events hold */
	/* datagrams of no watched port that look like media (rtp.h); nothing of them is handed up */
	VIALENS_O_RTP = 11,  /* accounted to its flow, or counted in flows_failed */
	VIALENS_O_RTCP = 12, /* accounted to its sender, or counted in flows_failed */
	VIALENS_O_STUN = 13,
	VIALENS_O_UDPTL = 14, /* T.38 of a negotiated end point; accounted as RTP is */
	VIALENS_O_DTLS = 15,
	VIALENS_OUTCOMES = 16,
};

enum vialens_method {
	VIALENS_M_NONE = 0, /* a response, or no start line found */
	VIALENS_M_OTHER = 1,
	VIALENS_M_INVITE = 2,
	VIALENS_M_ACK = 3,
	VIALENS_M_BYE = 4,
	VIALENS_M_CANCEL = 5,
	VIALENS_M_OPTIONS = 6,
	VIALENS_M_REGISTER = 7,
	VIALENS_M_PRACK = 8,
	VIALENS_M_SUBSCRIBE = 9,
	VIALENS_M_NOTIFY = 10,
	VIALENS_M_PUBLISH = 11,
	VIALENS_M_INFO = 12,
	VIALENS_M_REFER = 13,
	VIALENS_M_MESSAGE = 14,
	VIALENS_M_UPDATE = 15,
	VIALENS_METHODS = 16,
};

/* The lines that the match points out. Of several, the first. */
enum vialens_field {
	VIALENS_F_CALL_ID = 0,
	VIALENS_F_CSEQ = 1,
	VIALENS_F_VIA = 2,
	VIALENS_F_CONTACT = 3,
	VIALENS_F_SDP_C = 4,
	VIALENS_F_SDP_M = 5,
	VIALENS_FIELDS = 6,
	/* answers of the line classifier that are no field */
	VIALENS_L_OTHER = 6,
	VIALENS_L_END = 7, /* the empty line */
	VIALENS_LINES = 8, /* power of two */
};

enum vialens_match_flags {
	VIALENS_MATCH_FINISHED = 1,    /* read to the end of the message; without it: look yourself */
	VIALENS_MATCH_FOLDED = 2,      /* a field goes on in the next line; its span ends too early */
	VIALENS_MATCH_PRIVATE_VIA = 4, /* sent-by, the Contact's host, the c= address is a private literal */
	VIALENS_MATCH_PRIVATE_CONTACT = 8,
	VIALENS_MATCH_PRIVATE_SDP = 16,
};

/* A field's value, trimmed at its front, line end excluded. len 0: not there. */
struct vialens_span {
	__u16 off; /* from the first byte of the event's payload */
	__u16 len;
	__u32 hash; /* vialens_hash() of its first VIALENS_HASHED bytes */
};

/* What the kernel made of a message's text. A hint: the control plane's parser has the last word. */
struct vialens_match {
	__u8 method;	/* enum vialens_method; of requests only */
	__u8 flags;	/* enum vialens_match_flags */
	__u16 status;	/* 0 in a request */
	__u16 body_off; /* behind the empty line; 0 if none was found */
	__u16 lines;
	struct vialens_span field[VIALENS_FIELDS];
};

/* One record of the ring buffer. cap_len bytes follow it. */
struct vialens_event {
	__u64 ktime_ns; /* CLOCK_MONOTONIC */
	__u8 saddr[16];
	__u8 daddr[16];
	__u16 sport; /* 0 in a fragment */
	__u16 dport;
	__u32 ip_id;
	__u32 piece_off; /* fragments: where these bytes stand in the IP payload */
	__u32 tcp_seq;	 /* segments: of the first byte (SYN: of the SYN) */
	__u32 wire_len;	 /* bytes of this piece on the wire */
	__u32 cap_len;	 /* bytes that follow; < wire_len only if a capture file was cut */
	__u8 tap;
	__u8 kind;	/* enum vialens_kind */
	__u8 protocol;	/* IPPROTO_UDP or IPPROTO_TCP */
	__u8 tcp_flags; /* of a segment that goes up in pieces: SYN with the first, FIN and RST with the last
			 */
	__u8 more;	/* fragments: not the last piece */
	__u8 synthetic; /* the datagram came whole and was too long for one event; ip_id is then ours */
	__u8 pad[2];
	struct vialens_match match; /* of datagrams, and of segments that begin with a start line */
};

/* Flows, senders of RTCP and negotiated end points that the kernel remembers, for all interfaces together;
 * then the least recent one goes. All are allocated at the start, with some 70 bytes each for the table
 * itself: 5 MiB, 1.3 MiB and 1 MiB. A live run may have them larger. */
#define VIALENS_FLOWS	     16384u
#define VIALENS_RTCP_SOURCES 4096u
#define VIALENS_ENDPOINTS    4096u
/* Sources that one sender of RTCP may report on, as far as they are remembered. */
#define VIALENS_REPORTS 4u
/* Clock rates of one end point. A power of two, since the kernel side masks with it. */
#define VIALENS_RATES 8u

/* What a flow consists of. */
enum vialens_flow_kind {
	VIALENS_K_RTP = 0,
	VIALENS_K_FAX = 1,  /* T.38 over UDPTL */
	VIALENS_K_DTLS = 2, /* the handshake of DTLS-SRTP (RFC 5764), to or from a negotiated end point */
};

/* One RTP stream at one tap. A source that changes its SSRC begins another one. */
struct vialens_flow_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 ssrc; /* of RTP; otherwise 0 */
	__u16 sport;
	__u16 dport;
	__u8 tap;
	__u8 kind; /* enum vialens_flow_kind */
	__u8 pad[2];
};

/* What its packets told. Written in place and without a lock: where two CPUs see one flow at the same time, a
 * count may be lost, and the control plane may read between two fields. */
struct vialens_flow {
	__u64 packets;
	__u64 bytes;	/* behind the RTP header, padding included; of others all */
	__u64 first_ns; /* as ktime_ns */
	__u64 last_ns;
	__u64 longest_gap_ns; /* between two packets */
	/* sequence numbers (sequence.h) */
	__u64 window;	/* bit n: the packet n before the highest came, or was before the first */
	__u32 highest;	/* with its wraps, which begin at 1 */
	__u32 base;	/* the first of this run, as highest */
	__u32 expected; /* of earlier runs, which ended when the source began anew */
	__u32 bad_seq;	/* RFC 3550 A.1 */
	__u32 duplicates;
	__u32 reordered;
	__u32 strays; /* far off, and not confirmed by the next one */
	__u32 restarts;
	/* loss by RFC 3611 4.7.2, up to where the window ends */
	__u32 since_loss; /* packets that came; VIALENS_GMIN: that many or more */
	__u32 cluster;	  /* lost ones with fewer than VIALENS_GMIN in between */
	__u32 bursts;
	__u32 burst_lost;
	__u32 burst_packets;
	/* RFC 3550 A.8 (jitter.h) */
	__u32 timed_ts; /* of the packet that was timed last */
	__u64 timed_ns;
	__u64 jitter;	  /* ns * 16 */
	__u64 jitter_sum; /* ns, of jitter_count packets */
	__u32 jitter_count;
	__u32 jitter_most; /* ns */
	__u32 clock_rate;  /* Hz; 0 unknown */
	__u32 tick;	   /* of that clock, in ns / 256 */

	__u32 silent;		/* G.711 packets that are one byte repeated (vialens_rtp_silent()) */
	__u32 comfort_noise;	/* packets of payload type 13 (RFC 3389) */
	__u32 events;		/* packets of telephone-event (RFC 4733) */
	__u32 markers;		/* packets with the marker bit */
	__u64 payload_types[2]; /* which were seen, one bit each; of DTLS content types */
	__u64 dscps;		/* likewise */
	__u16 last_seq;
	__u8 last_payload_type;
	__u8 dscp;	 /* of the last packet */
	__u8 believed;	 /* negotiated, or two packets in sequence were seen */
	__u8 negotiated; /* one of its ends is an end point */
	__u8 timing;	 /* enum vialens_timing */
	__u8 pad;
};

/* What is made of the timestamp of a flow's present payload type. */
enum vialens_timing {
	VIALENS_T_NONE = 0,  /* clock unknown */
	VIALENS_T_EVENT = 1, /* telephone-event: its timestamp is that of the event's beginning */
	VIALENS_T_BEGIN = 2, /* the next packet is one to measure from */
	VIALENS_T_RUN = 3,
};

/* What a receiver says of one source (RFC 3550 6.4.1). */
struct vialens_report {
	__u64 seen_ns; /* the last one */
	__u32 ssrc;
	__u32 reports;
	__u32 loss; /* fraction and cumulative number as they are sent: 8 and 24 bits */
	__u32 first_highest;
	__u32 highest;
	__u32 jitter;
	__u32 lsr;
	__u32 dlsr;
};

/* One sender of RTCP at one tap; the key is a flow's. */
struct vialens_rtcp {
	__u64 first_ns;
	__u64 last_ns;
	__u64 reported_ns; /* the last sender report */
	__u32 packets;	   /* compound ones */
	__u32 malformed;   /* of these */
	__u32 sender_reports;
	__u32 receiver_reports;
	__u32 sent_packets; /* as the last sender report says */
	__u32 sent_octets;
	__u32 ntp_middle;
	__u8 bye;
	__u8 negotiated;
	__u8 pad[2];
	struct vialens_report reports[VIALENS_REPORTS]; /* those without reports are free */
};

/* Where somebody wants to receive media, by a session description. */
struct vialens_endpoint_key {
	__u8 addr[16];
	__u16 port;
	__u8 pad[2];
};

enum vialens_endpoint_kind { VIALENS_E_RTP = 1, VIALENS_E_RTCP = 2, VIALENS_E_FAX = 4 };
/* In types[], with the index of a clock rate. */
#define VIALENS_TYPE_EVENT 0x80

struct vialens_endpoint {
	__u32 rates[VIALENS_RATES]; /* Hz; the first is 0 */
	__u8 types[128];	    /* by payload type: which of the rates, and VIALENS_TYPE_EVENT */
	__u8 kinds;		    /* enum vialens_endpoint_kind */
	__u8 pad[3];
};

/* Counted per tap and CPU; the control plane adds the CPUs up. */
struct vialens_counters {
	__u64 packets[VIALENS_OUTCOMES];
	__u64 bytes[VIALENS_OUTCOMES]; /* of whole frames */
	__u64 events;		       /* records put into the ring */
	__u64 methods[VIALENS_METHODS];
	__u64 status[VIALENS_STATUSES]; /* by response code */
	__u64 unfinished;		/* messages whose match did not reach the end */
	__u64 private_via;
	__u64 private_contact;
	__u64 private_sdp;
	__u64 flows_failed; /* media packets that could not be accounted: no room, or not in hand */
	/* Entries added to the tables: those that are there no more were evicted. */
	__u64 flows_made;
	__u64 rtcp_made;
};

#if defined(__cplusplus) && !defined(__bpf__)
static_assert(sizeof(struct vialens_match) == 56, "part of the ABI");
static_assert(sizeof(struct vialens_event) == 128, "part of the ABI");
static_assert(sizeof(struct vialens_flow_key) == 44, "no implicit padding");
static_assert(sizeof(struct vialens_flow) == 192, "no implicit padding");
static_assert(sizeof(struct vialens_rtcp) == 56 + VIALENS_REPORTS * 40, "no implicit padding");
static_assert(sizeof(struct vialens_endpoint_key) == 20, "no implicit padding");
static_assert(sizeof(struct vialens_endpoint) == 164, "no implicit padding");
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The SIP header match: is this text SIP, and where do the lines stand that say whose it is.
 *
 * Works on the scratch record, eight bytes a step, in functions that take and return scalars. Little endian
 * only: the lowest byte of a word is the first one. What it says is a hint (it folds case by setting a bit,
 * which also turns some control bytes into letters; it does not unfold headers); where it could not reach the
 * end it says so, because a limit that means "not SIP" would be a way around us. */
#ifndef VIALENS_SCAN_H
#define VIALENS_SCAN_H

#include "vialens/platform.h"
#include "vialens/packet.h"

/* One per CPU (per thread on the host): the event under construction. Too large for BPF's 512 bytes of stack.
 */
struct vialens_scratch {
	struct vialens_event event;
	__u8 payload[VIALENS_CHUNK]; /* follows the event: both leave in one piece */
	__u8 slack[64]; /* words are loaded from any offset below VIALENS_CHUNK, and a little behind */
	struct vialens_packet packet;
	__u8 watched; /* one of its ports is configured as SIP */
	__u8 direction;
	__u8 line_before; /* the match's state: what kind of line came before this one */
	__u8 outcome;	  /* of the packet, while its events go out */
	__u32 piece_off;  /* where in the frame the next of them begins, and how much is left */
	__u32 piece_left;
	__u8 piece_more; /* there are more fragments behind this packet */
	__u8 dscp;	 /* of media */
	struct vialens_flow_key key;
	union {
		struct vialens_flow flow;
		struct vialens_rtcp rtcp;
	} blank; /* a new one */
};

/* NULL never happens, but the verifier wants to see the check. */
VIALENS_INLINE struct vialens_scratch *vialens_get_scratch(void);

#define VIALENS_MAX_LINE  1024u
#define VIALENS_MAX_LINES 128

/* Eight bytes as one word. On a string literal it folds to a constant, which is how to compare text in BPF.
 */
VIALENS_INLINE __u64 vialens_word(const void *text)
{
	__u64 word;

	__builtin_memcpy(&word, text, sizeof(word));
	return word;
}

VIALENS_INLINE __u64 vialens_word_at(const struct vialens_scratch *s, __u32 off)
{
	const __u8 *p = s->payload + vialens_masked(off, VIALENS_CHUNK - 1);

#ifdef __bpf__
	return *(const __u64 *)p;
#else
	return vialens_word(p);
#endif
}

#define VIALENS_CASE	 0x2020202020202020ULL
#define vialens_first(n) (~0ULL >> (8 * (8 - (n)))) /* n in 1..8 */
/* Does the word begin with the first @n of these eight characters? */
#define vialens_starts(word, literal, n)                                                                     \
	(((word)&vialens_first(n)) == (vialens_word(literal) & vialens_first(n)))

/* Offset of the first @byte in [@off, @end), or -1 if it is not there or farther than VIALENS_MAX_LINE away.
 */
VIALENS_GLOBAL int vialens_find(__u32 off, __u32 end, __u32 byte)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u64 pattern = (byte & 0xff) * 0x0101010101010101ULL;

	if (!s)
		return -1;
	for (__u32 i = 0; i < VIALENS_MAX_LINE; i += 8) {
		__u64 word = vialens_word_at(s, off + i) ^ pattern;
		/* 0x80 in each byte that is the wanted one; exact up to and including the lowest. */
		__u64 found = (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;
		__u32 at = off + i;

		if (at >= end)
			return -1;
		if (!found)
			continue;
		found &= -found; /* BPF cannot count trailing zeros: locate the lowest bit by halves */
		if (found & 0x8080808000000000ULL)
			at += 4;
		if (found & 0x8080000080800000ULL)
			at += 2;
		if (found & 0x8000800080008000ULL)
			at += 1;
		return at < end ? (int)at : -1;
	}
	return -1;
}

/* Which line starts at @off? @body: behind the empty line, where SDP has one-letter names of its own. */
VIALENS_GLOBAL int vialens_line_at(__u32 off, __u32 body)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u64 word;

	if (!s)
		return VIALENS_L_OTHER;
	word = vialens_word_at(s, off);
	if (body)
		return vialens_starts(word, "c=      ", 2)   ? VIALENS_F_SDP_C
		       : vialens_starts(word, "m=      ", 2) ? VIALENS_F_SDP_M
							     : VIALENS_L_OTHER;
	if (vialens_starts(word, "\n       ", 1) || vialens_starts(word, "\r\n      ", 2))
		return VIALENS_L_END;
	word |= VIALENS_CASE;
	if (word == (vialens_word("call-id:") | VIALENS_CASE) || vialens_starts(word, "i:      ", 2))
		return VIALENS_F_CALL_ID;
	if (word == (vialens_word("contact:") | VIALENS_CASE) || vialens_starts(word, "m:      ", 2))
		return VIALENS_F_CONTACT;
	if (vialens_starts(word, "cseq:   ", 5))
		return VIALENS_F_CSEQ;
	if (vialens_starts(word, "via:    ", 4) || vialens_starts(word, "v:      ", 2))
		return VIALENS_F_VIA;
	return VIALENS_L_OTHER;
}

/* Is there a private address literal at @off? The ranges of catalogue entry B58. */
VIALENS_GLOBAL int vialens_private_at(__u32 off)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u64 word;
	__u32 a, b, c;

	if (!s)
		return 0;
	word = vialens_word_at(s, off);
	a = (word >> 32) & 0xff; /* the 5th to 7th character: a second number behind three digits and a dot */
	b = (word >> 40) & 0xff;
	c = (word >> 48) & 0xff;
	if (vialens_starts(word, "192.168.", 8) || vialens_starts(word, "169.254.", 8) ||
	    vialens_starts(word, "127.    ", 4) || vialens_starts(word, "0.      ", 2))
		return 1;
	if (vialens_starts(word, "10.     ", 3)) /* 10.0.0.1, not 10.example.com */
		return ((word >> 24) & 0xff) >= '0' && ((word >> 24) & 0xff) <= '9';
	if (vialens_starts(word, "192.0.0.", 8)) { /* /29: one digit below 8 */
		word = vialens_word_at(s, off + 8);
		return (word & 0xff) >= '0' && (word & 0xff) < '8' &&
		       ((word >> 8 & 0xff) < '0' || (word >> 8 & 0xff) > '9');
	}
	if (vialens_starts(word, "172.    ", 4) && c == '.') /* 16 to 31 */
		return (a == '1' && b >= '6' && b <= '9') || (a == '2' && b >= '0' && b <= '9') ||
		       (a == '3' && (b == '0' || b == '1'));
	if (vialens_starts(word, "100.    ", 4)) { /* 64 to 127 */
		if (c == '.')
			return (a == '6' && b >= '4' && b <= '9') ||
			       (a >= '7' && a <= '9' && b >= '0' && b <= '9');
		return a == '1' && ((b >= '0' && b <= '1') || (b == '2' && c <= '7')) && c >= '0' && c <= '9';
	}
	if (vialens_starts(word, "[       ", 1)) /* IPv6 in a URI or Via; in SDP it has no bracket */
		word >>= 8;
	word |= VIALENS_CASE;
	return (vialens_starts(word, "fc      ", 2) || vialens_starts(word, "fd      ", 2) ||
		vialens_starts(word, "fe80    ", 4)) &&
	       ((word >> 32 & 0xff) == ':');
}

/* A hash of @len bytes at @off, of the first VIALENS_HASHED of them. */
VIALENS_GLOBAL __u32 vialens_hash(__u32 off, __u32 len)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u64 hash = 0x9e3779b97f4a7c15ULL;

	if (!s)
		return 0;
	if (len > VIALENS_HASHED)
		len = VIALENS_HASHED;
	for (__u32 i = 0; i < VIALENS_HASHED && len >= 8; i += 8, off += 8, len -= 8) {
		hash = (hash ^ vialens_word_at(s, off)) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	if (len && len < 8) {
		hash = (hash ^ (vialens_word_at(s, off) & vialens_first(len & 7))) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	return (__u32)hash;
}

/* Where the host stands in the value of @field that spans [@off, @end); @end if it is not to be found. */
VIALENS_GLOBAL __u32 vialens_host_at(__u32 off, __u32 end, __u32 field)
{
	int at;

	if (field == VIALENS_F_SDP_C) /* "IN IP4 192.0.2.1" */
		return off + 7 < end ? off + 7 : end;
	if (field == VIALENS_F_VIA) { /* "SIP/2.0/UDP host" */
		at = vialens_find(off, end, ' ');
		return at < 0 ? end : (__u32)at + 1;
	}
	at = vialens_find(off, end, '@'); /* "<sip:user@host>", "<sip:host>" */
	if (at < 0)
		at = vialens_find(off, end, ':');
	return at < 0 ? end : (__u32)at + 1;
}

/* Notes the span and hash of the field in the line [@off, @next), if it is the first of its kind. */
VIALENS_GLOBAL int vialens_note(__u32 off, __u32 next, __u32 field)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u32 value, end = next - 1, index = vialens_masked(field, 7);
	struct vialens_span *span;
	__u64 word;

	if (!s || index >= VIALENS_FIELDS)
		return 0;
	span = &s->event.match.field[index];
	if (span->off)
		return 0;

	word = vialens_word_at(s, off);
	if ((word & 0xff00) == (':' << 8) || (word & 0xff00) == ('=' << 8))
		value = off + 2;
	else if (index == VIALENS_F_VIA)
		value = off + 4;
	else if (index == VIALENS_F_CSEQ)
		value = off + 5;
	else
		value = off + 8;
	for (int i = 0; i < 8; i++) {
		__u64 c = vialens_word_at(s, value) & 0xff;

		if (c != ' ' && c != '\t')
			break;
		value++;
	}
	if ((vialens_word_at(s, end - 1) & 0xff) == '\r')
		end--;
	if (value > end)
		value = end;
	span->off = (__u16)value;
	span->len = (__u16)(end - value);
	span->hash = vialens_hash(value, end - value);

	if (index == VIALENS_F_CALL_ID || index == VIALENS_F_CSEQ || index == VIALENS_F_SDP_M)
		return 0;
	if (vialens_private_at(vialens_host_at(value, end, index)))
		s->event.match.flags |= index == VIALENS_F_VIA	     ? VIALENS_MATCH_PRIVATE_VIA
					: index == VIALENS_F_CONTACT ? VIALENS_MATCH_PRIVATE_CONTACT
								     : VIALENS_MATCH_PRIVATE_SDP;
	return 0;
}

/* The method in front of a request line, VIALENS_M_OTHER for one that is not in the list. */
VIALENS_GLOBAL int vialens_method_at(__u32 off)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u64 word;

	if (!s)
		return VIALENS_M_NONE;
	word = vialens_word_at(s, off);
	if (vialens_starts(word, "INVITE  ", 7))
		return VIALENS_M_INVITE;
	if (vialens_starts(word, "ACK     ", 4))
		return VIALENS_M_ACK;
	if (vialens_starts(word, "BYE     ", 4))
		return VIALENS_M_BYE;
	if (vialens_starts(word, "CANCEL  ", 7))
		return VIALENS_M_CANCEL;
	if (vialens_starts(word, "OPTIONS ", 8))
		return VIALENS_M_OPTIONS;
	if (vialens_starts(word, "REGISTER", 8) && (vialens_word_at(s, off + 8) & 0xff) == ' ')
		return VIALENS_M_REGISTER;
	if (vialens_starts(word, "PRACK   ", 6))
		return VIALENS_M_PRACK;
	if (vialens_starts(word, "SUBSCRIB", 8) && vialens_starts(vialens_word_at(s, off + 8), "E       ", 2))
		return VIALENS_M_SUBSCRIBE;
	if (vialens_starts(word, "NOTIFY  ", 7))
		return VIALENS_M_NOTIFY;
	if (vialens_starts(word, "PUBLISH ", 8))
		return VIALENS_M_PUBLISH;
	if (vialens_starts(word, "INFO    ", 5))
		return VIALENS_M_INFO;
	if (vialens_starts(word, "REFER   ", 6))
		return VIALENS_M_REFER;
	if (vialens_starts(word, "MESSAGE ", 8))
		return VIALENS_M_MESSAGE;
	if (vialens_starts(word, "UPDATE  ", 7))
		return VIALENS_M_UPDATE;
	return VIALENS_M_OTHER;
}

/* Reads the start line in [@off, @next): true for "SIP/2.0 200 ..." and for "METHOD uri SIP/2.0". */
VIALENS_GLOBAL int vialens_start_line(__u32 off, __u32 next)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u32 end = next - 1;
	__u64 word;

	if (!s || next < off + 12)
		return 0;
	word = vialens_word_at(s, off);
	if (word == vialens_word("SIP/2.0 ")) {
		__u64 code = vialens_word_at(s, off + 8);
		__u32 a = (code & 0xff) - '0', b = (code >> 8 & 0xff) - '0', c = (code >> 16 & 0xff) - '0';

		if (a < 1 || a > 6 || b > 9 || c > 9)
			return 0;
		s->event.match.status = (__u16)(a * 100 + b * 10 + c);
		return 1;
	}
	if ((vialens_word_at(s, end - 1) & 0xff) == '\r')
		end--;
	if (vialens_word_at(s, end - 8) != vialens_word(" SIP/2.0"))
		return 0;
	s->event.match.method = (__u8)vialens_method_at(off);
	return 1;
}

/* Skips the empty lines that may stand in front of a start line (RFC 3261 7.5), up to four of them. */
VIALENS_GLOBAL int vialens_skip_empty_lines(void)
{
	struct vialens_scratch *s = vialens_get_scratch();
	int off = 0;

	if (!s)
		return 0;
	for (int i = 0; i < 8; i++) {
		__u64 c = vialens_word_at(s, off) & 0xff;

		if (c != '\r' && c != '\n')
			break;
		off++;
	}
	return off;
}

/* One line of the message: classifies it and notes what it says. @off is where it starts, @next where the
 * next one does. What is known so far is kept in memory, not in registers, and is therefore no state that
 * multiplies in the verifier. */
VIALENS_GLOBAL int vialens_take_line(__u32 off, __u32 next)
{
	struct vialens_scratch *s = vialens_get_scratch();
	__u32 which, first;

	if (!s)
		return 0;
	s->event.match.lines++;
	which = vialens_masked(vialens_line_at(off, s->event.match.body_off), VIALENS_LINES - 1);
	first = vialens_word_at(s, off) & 0xff;
	if (which < VIALENS_FIELDS)
		vialens_note(off, next, which);
	else if (which == VIALENS_L_END)
		s->event.match.body_off = (__u16)next;
	else if ((first == ' ' || first == '\t') && s->line_before < VIALENS_FIELDS)
		s->event.match.flags |= VIALENS_MATCH_FOLDED;
	s->line_before = (__u8)which;
	return 0;
}

/* Fills in the match for the @len bytes of text in the scratch record. Returns whether there is a start line.
 */
VIALENS_GLOBAL int vialens_match_text(__u32 len)
{
	struct vialens_scratch *s = vialens_get_scratch();
	int off, next;

	if (!s)
		return 0;
	__builtin_memset(&s->event.match, 0, sizeof(s->event.match));
	s->line_before = VIALENS_L_OTHER;
	off = vialens_skip_empty_lines();
	next = vialens_find(off, len, '\n') + 1;
	if (next <= 0 || !vialens_start_line(off, next))
		return 0;

	for (int i = 0; i < VIALENS_MAX_LINES; i++) {
		off = next;
		if ((__u32)off >= len) {
			if (s->event.match.body_off) /* a message without its empty line is not finished */
				s->event.match.flags |= VIALENS_MATCH_FINISHED;
			break;
		}
		next = vialens_find(off, len, '\n') + 1;
		if (next <= 0) {
			if (!s->event.match.body_off || len - off >= VIALENS_MAX_LINE)
				break;
			next = len + 1; /* the last line of a body may lack its end */
		}
		vialens_take_line(off, next);
	}
	return 1;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few words in which BPF and the host differ, so that everything else in this folder is written once. */
#ifndef VIALENS_PLATFORM_H
#define VIALENS_PLATFORM_H

#include "vialens/abi.h"

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define VIALENS_INLINE static __always_inline
/* A function that the verifier checks once, on its own, knowing nothing of its callers: scalars in, a scalar
 * out. Inlined into the loops that call them, these would be checked once per turn and state, which
 * multiplies to more than the verifier's million instructions. */
#define VIALENS_GLOBAL __noinline

/* @value & @mask, which the compiler can neither prove redundant nor move: the verifier does not see what it
 * proved. */
#define vialens_masked(value, mask)                                                                          \
	({                                                                                                   \
		__u64 v_ = (value);                                                                          \
		asm volatile("%0 &= %1" : "+r"(v_) : "i"(mask));                                             \
		v_;                                                                                          \
	})

/* Always 0, which the verifier does not know. */
volatile __u32 vialens_zero;

/* @value & @mask as a number that the verifier knows nothing else about. It goes through all that follows
 * once per set of known values; forgetting where the header began merges eight kinds of link layer into one.
 */
#define vialens_forget(value, mask)                                                                          \
	({                                                                                                   \
		__u64 f_ = (value);                                                                          \
		__u64 z_ = vialens_zero;                                                                     \
		asm volatile("%0 += %1; %0 &= %2" : "+r"(f_) : "r"(z_), "i"(mask));                          \
		f_;                                                                                          \
	})

/* Keeps what @object points to in memory. Its fields outnumber the registers, and the compiler would move
 * them about on each way through the walk: that takes longer, to run and to verify, than to store each of
 * them once. */
#define vialens_in_memory(object) asm volatile("" : : "r"(object) : "memory")

VIALENS_INLINE __u16 vialens_load16(const __u8 *p)
{
	return __builtin_bswap16(*(const __u16 *)p);
}

VIALENS_INLINE __u32 vialens_load32(const __u8 *p)
{
	return __builtin_bswap32(*(const __u32 *)p);
}

/* As they lie in memory, to be copied or compared. Of __builtin_memcpy() from a packet, clang makes loads of
 * single bytes. */
VIALENS_INLINE __u32 vialens_raw32(const __u8 *p)
{
	return *(const __u32 *)p;
}

VIALENS_INLINE __u64 vialens_raw64(const __u8 *p)
{
	return *(const __u64 *)p;
}
#else
#include <stdbool.h>
#include <stddef.h>

#define VIALENS_INLINE		    static inline
#define VIALENS_GLOBAL		    static inline
#define vialens_masked(value, mask) ((value) & (mask))
#define vialens_forget(value, mask) ((value) & (mask))
#define vialens_in_memory(object)   ((void)(object))

VIALENS_INLINE __u16 vialens_load16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

VIALENS_INLINE __u32 vialens_load32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

VIALENS_INLINE __u32 vialens_raw32(const __u8 *p)
{
	__u32 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

VIALENS_INLINE __u64 vialens_raw64(const __u8 *p)
{
	__u64 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}
#endif

/* @len bytes at @off from @data, or NULL where they are not within @end. Offsets stay below 16 KiB, which no
 * chain of headers that we follow reaches. */
VIALENS_INLINE const __u8 *vialens_at(const __u8 *data, const __u8 *end, __u32 off, __u32 len)
{
	if (off >= 0x3fff)
		return NULL;
#ifdef __bpf__
	data += vialens_masked(off, 0x3fff);
	/* Keeps the compiler from checking one register and loading by another. */
	asm volatile("" : "+r"(data));
	return data + len <= end ? data : NULL;
#else
	return (size_t)(end - data) >= (size_t)off + len ? data + off : NULL;
#endif
}

#endif

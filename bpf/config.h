/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Load-time constants. Set by the loader before the load, then frozen: the verifier treats them as constants
 * and drops what they switch off, so a helper that this kernel lacks may stand in a branch not taken. "const"
 * freezes the data, "volatile" keeps the compiler from folding the default in. */
#ifndef VIALENS_CONFIG_H
#define VIALENS_CONFIG_H

/* This interface's taps: tap_base + enum vialens_direction. */
const volatile __u8 tap_base = 0;

/* Frames begin with an Ethernet header; without one, as on ppp0 and WireGuard, with the IP header. */
const volatile __u8 ethernet = true;

/* bpf_xdp_load_bytes() and bpf_xdp_get_buff_len(), since v5.18. Without them packets are read by address. */
const volatile __u8 has_xdp_load_bytes = true;

/* The ports configured as SIP, one bit each: 8 KiB that the control plane may write while we run. */
__u8 watched_ports[65536 / 8];

/* Likewise, those of end points for T.38, to save other packets the lookup. */
__u8 fax_ports[65536 / 8];

#endif

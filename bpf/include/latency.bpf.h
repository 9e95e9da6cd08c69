/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Nanoseconds to the slot of an exponential histogram of scale 0 in seconds.
 */
#ifndef SWOLL_LATENCY_BPF_H
#define SWOLL_LATENCY_BPF_H

#include <bpf/bpf_helpers.h>
#include "../accounting.h"

/* Index of the highest set bit; 0 for 0. Most calls take less than 65 us, so the upper half is asked about once. */
static __always_inline __u32 log2_u64(__u64 v)
{
	__u32 bits = 0;

	if (v >> 16) {
		if (v >> 32) {
			v >>= 32;
			bits = 32;
		}
		if (v >> 16) {
			v >>= 16;
			bits += 16;
		}
	}
	__u32 low = v;
	__u32 step = (low > 0xff) << 3;
	low >>= step;
	bits += step;
	step = (low > 0xf) << 2;
	low >>= step;
	bits += step;
	step = (low > 0x3) << 1;
	low >>= step;
	return bits + step + (low >> 1);
}

/*
 * Slot s counts (2^(s-30), 2^(s-29)] s: OTLP's exponential histogram of scale 0, upper bounds inclusive. 2^-30 s are
 * 0.93 ns, so ns with log2 L lie in slot L or the next; 2^(L+1-30) s = 5^9 * 2^(L+1-21) ns decides, exactly.
 */
static __always_inline __u32 latency_slot(__u64 ns)
{
	__u32 low = log2_u64(ns);

	if (low >= SWOLL_LATENCY_SLOTS - 1)
		return SWOLL_LATENCY_SLOTS - 1;
	return low + (ns > (1953125ULL << (low + 1)) >> 21);
}

#endif

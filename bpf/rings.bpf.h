/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The way to user space: a ring buffer per CPU.
 */
#ifndef SWOLL_RINGS_BPF_H
#define SWOLL_RINGS_BPF_H

#include <bpf/bpf_helpers.h>
#include "accounting.h"
#include "settings.bpf.h"

/* Key: cpu. One ring buffer per CPU, made by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		});
} ring_by_cpu SEC(".maps");

static __always_inline void *ring_here(__u32 *cpu)
{
	*cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&ring_by_cpu, cpu);
}

/*
 * A batch of records is worth a wake-up; a single one can wait for the reader's next look. A reader that was woken and has no room
 * to read into needs no more of them: each would cost the caller an interrupt.
 */
static __always_inline __u64 wakeup_flags(void *ring)
{
	__u64 unread = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	return unread >= wakeup_bytes && unread < 2 * (__u64)wakeup_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void fill_header(struct swoll_record_header *header, __u32 type, __u32 cpu, __u32 way, __u32 seq)
{
	header->type = type;
	header->cpu = cpu;
	header->way = way;
	header->seq = seq;
}

#endif

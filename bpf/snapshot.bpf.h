/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The counters of a cgroup, sent at the moment when it gets another name: calls so far belong to the old one. The counters
 * go on: only sys_exit of their CPU writes them.
 */
#ifndef SWOLL_SNAPSHOT_BPF_H
#define SWOLL_SNAPSHOT_BPF_H

#include <bpf/bpf_helpers.h>
#include "table.bpf.h"

struct bpf_map;

struct snapshot {
	__u64 cgroup;
};

static __always_inline void send_snapshot(const struct swoll_set *set, __u32 w, __u32 index)
{
	const struct swoll_counter *counter = &set->counters[w];
	__u32 seq = counter->seq;
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct swoll_record_counter *record;

	/* Changing owner: its record says all. */
	if (seq & 1)
		return;
	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		lose(set->cgroup[w], SWOLL_REASON_CGROUP_RING_FULL);
		return;
	}
	fill_header(&record->header, SWOLL_RECORD_SNAPSHOT, index >> set_bits,
		    (index & ((1U << set_bits) - 1)) * SWOLL_WAYS + w, seq);
	record->cgroup = set->cgroup[w];
	record->call = set->call[w];
	record->calls = counter->calls;
	record->ns = counter->ns;
	__builtin_memcpy(record->slots, counter->slots, sizeof(record->slots));
	barrier();
	if (counter->seq == seq)
		bpf_ringbuf_submit(record, 0);
	else
		bpf_ringbuf_discard(record, 0);
}

static long look_at_set(struct bpf_map *map, const __u32 *index, struct swoll_set *set, struct snapshot *snapshot)
{
#pragma unroll
	for (__u32 w = 0; w < SWOLL_WAYS; w++)
		if (set->cgroup[w] == snapshot->cgroup)
			send_snapshot(set, w, *index);
	return 0;
}

static __noinline int before_rename(__u64 cgroup)
{
	struct snapshot snapshot = {.cgroup = cgroup};

	return bpf_for_each_map_elem(&counters_by_set, look_at_set, &snapshot, 0);
}

#endif

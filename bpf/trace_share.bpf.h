/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Who may use the ring, so that one who floods it does not blind the others. The first half of a ring is for whoever comes.
 * In the second half each owner has a share, which is free again once the reader has passed its last record there: since all
 * shares together are no more than that half, an owner within its share always finds room.
 */
#ifndef SWOLL_TRACE_SHARE_BPF_H
#define SWOLL_TRACE_SHARE_BPF_H

#include <bpf/bpf_helpers.h>
#include "rings.bpf.h"
#include "trace.h"

/* Bytes of a ring that an owner may use of the second half. */
volatile __u64 share_bytes = 0;
/* Events per second and owner; 0: any. */
volatile __u64 rate_limit = 0;

/* An owner's use of the second half of this CPU's ring. */
struct swoll_share {
	__u64 bytes;
	/* Where its last record there ends, as a position of the ring. */
	__u64 end;
};

/* Key: owner. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SWOLL_OWNERS);
	__type(key, __u32);
	__type(value, struct swoll_share);
} share_by_owner SEC(".maps");

/* The current second, and an owner's events in it. */
struct swoll_rate {
	__u64 second;
	__u64 events;
};

/* Key: owner. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_OWNERS);
	__type(key, __u32);
	__type(value, struct swoll_rate);
} rate_by_owner SEC(".maps");

/* Full: only the sum by reason is known. Read by user space, which deletes nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct swoll_trace_lost_key);
	__type(value, __u64);
} lost_by_job SEC(".maps");

/* Sums of lost_by_job, and what did not fit there. */
volatile __u64 lost_events[SWOLL_LOST_REASONS] = {};

__noinline int lose_event(__u64 jobs, __u32 owner, __u32 reason)
{
	struct swoll_trace_lost_key key = {.jobs = jobs, .owner = owner, .reason = reason};
	__u64 one = 1;

	barrier_var(reason);
	if (reason < SWOLL_LOST_REASONS)
		__sync_fetch_and_add(&lost_events[reason], 1);

	__u64 *lost = bpf_map_lookup_elem(&lost_by_job, &key);

	if (!lost) {
		if (!bpf_map_update_elem(&lost_by_job, &key, &one, BPF_NOEXIST))
			return 0;
		lost = bpf_map_lookup_elem(&lost_by_job, &key);
	}
	if (lost)
		__sync_fetch_and_add(lost, 1);
	return 0;
}

/* Births and deaths of cgroups concern all jobs. */
static __always_inline void lose(__u64 cgroup, __u32 reason)
{
	lose_event(~0ULL, 0, SWOLL_LOST_RING_FULL);
}

static __always_inline bool is_within_rate(__u32 owner, __u64 now_ns)
{
	/* They are many, and most may be nobody's that is traced: user space limits them when it knows them. */
	if (owner == SWOLL_UNKNOWN_OWNER)
		return true;

	struct swoll_rate *rate = bpf_map_lookup_elem(&rate_by_owner, &owner);
	__u64 second = now_ns / 1000000000;

	if (!rate)
		return true;
	/* Two CPUs that begin a second at once may forget an event of it; the limit need not be that exact. */
	if (rate->second != second) {
		rate->second = second;
		rate->events = 0;
	}
	return __sync_fetch_and_add(&rate->events, 1) < rate_limit;
}

/* Whether the owner may put `bytes` into the ring. */
static __always_inline bool has_share(void *ring, __u32 owner, __u64 bytes)
{
	__u64 half = bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 2;

	/* With the 8 bytes that the ring puts before each record. */
	bytes = (bytes + 15) & ~7ULL;
	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) + bytes <= half)
		return true;

	struct swoll_share *share = bpf_map_lookup_elem(&share_by_owner, &owner);

	if (!share)
		return true;
	if (bpf_ringbuf_query(ring, BPF_RB_CONS_POS) >= share->end)
		share->bytes = 0;
	if (share->bytes + bytes > share_bytes)
		return false;
	share->bytes += bytes;
	share->end = bpf_ringbuf_query(ring, BPF_RB_PROD_POS) + bytes;
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The call that each thread is in. A direct-mapped array indexed by thread id answers in a few nanoseconds; a thread
 * claims its slot once, atomically, and owns it until it dies, so that only it writes there. A thread whose slot another
 * one owns lives in a hash table instead: slower, as exact. (Task-local storage would need neither, at about 20 ns more
 * per look-up on this path; see docs/architecture.md.)
 */
#ifndef SWOLL_INFLIGHT_BPF_H
#define SWOLL_INFLIGHT_BPF_H

#include <bpf/bpf_helpers.h>
#include "accounting_settings.bpf.h"
#include "table.bpf.h"

/* Key: slot of a thread id. Value owned by the thread named in it; freed when it dies. Read by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct swoll_inflight);
} inflight_by_slot SEC(".maps");

/* Key: thread id, for those whose slot is taken. An entry lives as long as one call. Full: SWOLL_REASON_INFLIGHT_FULL. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct swoll_inflight);
} inflight_by_tid SEC(".maps");

static __always_inline __u64 owner_in(__u32 tid, __u32 state)
{
	return tid | (__u64)state << 32;
}

static __always_inline __u32 state_of(const struct swoll_inflight *inflight)
{
	return inflight ? inflight->owner >> 32 : SWOLL_IDLE;
}

/* Neighbouring thread ids are far apart: threads started together run on different CPUs and must not share a line. */
static __always_inline struct swoll_inflight *slot_of(__u32 tid)
{
	__u32 slot = (tid * 0x9e3779b1U) & inflight_mask;

	return bpf_map_lookup_elem(&inflight_by_slot, &slot);
}

/* The thread's own slot, claimed if it is free; NULL if another thread owns it. */
static __always_inline struct swoll_inflight *claim_slot(__u32 tid)
{
	struct swoll_inflight *slot = slot_of(tid);

	if (!slot || (__u32)slot->owner == tid)
		return slot;
	if (slot->owner == 0 && __sync_val_compare_and_swap(&slot->owner, 0, owner_in(tid, SWOLL_IDLE)) == 0)
		return slot;
	return NULL;
}

/* Returns the thread's slot, if a call of it has been seen. */
static __always_inline struct swoll_inflight *find_inflight(__u32 tid)
{
	struct swoll_inflight *slot = slot_of(tid);

	if (slot && (__u32)slot->owner == tid)
		return slot;
	return bpf_map_lookup_elem(&inflight_by_tid, &tid);
}

/* Remembers a thread's state in its slot, or in the hash table when it has none. False: no room. */
static __noinline bool put_inflight(__u32 tid, __u64 call, __u64 start_ns, __u32 state, __u64 cgroup)
{
	struct swoll_inflight *slot = claim_slot(tid);
	struct swoll_inflight entry = {
		.owner = owner_in(tid, state), .call = call, .start_ns = start_ns, .cgroup = cgroup};

	if (!slot) {
		struct swoll_books *books = books_of(bpf_get_smp_processor_id());

		/* Says that there is something to read in the hash table: also of calls from before our time. */
		if (books)
			__sync_fetch_and_add(&books->inflight_collisions, 1);
		return !bpf_map_update_elem(&inflight_by_tid, &tid, &entry, BPF_ANY);
	}
	slot->call = call;
	slot->start_ns = start_ns;
	slot->cgroup = cgroup;
	slot->owner = entry.owner;
	return true;
}

/* Ends the thread's call. An entry in the hash table is as good as gone. */
static __always_inline void end_inflight(struct swoll_inflight *inflight, __u32 tid)
{
	inflight->owner = owner_in(tid, SWOLL_IDLE);
	if (inflight != slot_of(tid))
		bpf_map_delete_elem(&inflight_by_tid, &tid);
}

/* Forgets a thread. Its slot keeps the number of enters. */
static __always_inline void free_inflight(__u32 tid)
{
	struct swoll_inflight *slot = slot_of(tid);

	if (slot && (__u32)slot->owner == tid)
		slot->owner = 0;
	bpf_map_delete_elem(&inflight_by_tid, &tid);
}

#endif

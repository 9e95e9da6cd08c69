/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * What each thread is doing now. A direct-mapped array indexed by thread id answers in a few nanoseconds; a thread
 * claims its slot once, atomically, and owns it until it dies, so that only it writes there. A thread whose slot another
 * one owns lives in a hash table instead: slower, as exact. (Task-local storage would need neither, at about 20 ns more
 * per look-up on this path; see docs/architecture.md.)
 */
#ifndef SWOLL_INFLIGHT_BPF_H
#define SWOLL_INFLIGHT_BPF_H

#include <bpf/bpf_helpers.h>
#include "settings.bpf.h"
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

	if (!slot || slot->tid == tid)
		return slot;
	if (slot->tid == 0 && __sync_val_compare_and_swap(&slot->tid, 0, tid) == 0)
		return slot;
	return NULL;
}

/* What the thread is doing, if it has been seen to do anything. */
static __always_inline struct swoll_inflight *find_inflight(__u32 tid)
{
	struct swoll_inflight *slot = slot_of(tid);

	if (slot && slot->tid == tid)
		return slot;
	return bpf_map_lookup_elem(&inflight_by_tid, &tid);
}

/* Remembers a thread's state in its slot, or in the hash table when it has none. False: no room. */
static __noinline bool put_inflight(__u32 tid, __u32 nr, __u32 abi, __u64 start_ns, __u32 state)
{
	struct swoll_inflight *slot = claim_slot(tid);
	struct swoll_inflight entry = { .start_ns = start_ns, .tid = tid, .nr = nr, .abi = abi, .state = state };

	if (!slot)
		return !bpf_map_update_elem(&inflight_by_tid, &tid, &entry, BPF_ANY);
	slot->start_ns = start_ns;
	slot->nr = nr;
	slot->abi = abi;
	slot->state = state;
	return true;
}

/* Forgets a thread. Its slot keeps the number of enters. */
static __always_inline void free_inflight(__u32 tid)
{
	struct swoll_inflight *slot = slot_of(tid);

	if (slot && slot->tid == tid) {
		slot->state = SWOLL_IDLE;
		slot->tid = 0;
	}
	bpf_map_delete_elem(&inflight_by_tid, &tid);
}

#endif

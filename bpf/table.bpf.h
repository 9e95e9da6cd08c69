/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Where calls are counted: per CPU a set-associative table in one mmapable array. Only sys_exit writes it, and a program
 * never runs twice at once on a CPU, so a hit is plain additions. A miss with all ways taken sends the victim to the
 * CPU's ring and reuses its way; if the ring is full the victim stays and the new call is counted by number alone.
 */
#ifndef SWOLL_TABLE_BPF_H
#define SWOLL_TABLE_BPF_H

#include <bpf/bpf_helpers.h>
#include "accounting_settings.bpf.h"
#include "rings.bpf.h"
#include "drop.bpf.h"

/* Key: cpu << set_bits | set. Nobody deletes. User space sizes it before loading and reads it by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct swoll_set);
} counters_by_set SEC(".maps");

/* Key: (cpu * ABIS + abi) * SPILLED_NUMBERS + min(nr, SPILLED_NUMBERS - 1). Read by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct swoll_spilled);
} spilled_by_nr SEC(".maps");

/* Key: cpu. Read by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct swoll_books);
} books_by_cpu SEC(".maps");

/* Who lost what: cgroup and reason to events lost. Full: those that lost nothing for longest make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct swoll_lost_key);
	__type(value, __u64);
} lost_by_cgroup SEC(".maps");

static __always_inline struct swoll_books *books_of(__u32 cpu)
{
	return bpf_map_lookup_elem(&books_by_cpu, &cpu);
}

static __noinline int lose(__u64 cgroup, __u32 reason)
{
	struct swoll_lost_key key = {.cgroup = cgroup, .reason = reason};
	struct swoll_books *books = books_of(bpf_get_smp_processor_id());
	__u64 one = 1;

	/* The compiler knows every caller's reason and would drop the test that the verifier asks for. */
	barrier_var(reason);
	if (books && reason < SWOLL_REASONS)
		__sync_fetch_and_add(&books->lost[reason], 1);

	__u64 *lost = bpf_map_lookup_elem(&lost_by_cgroup, &key);

	if (!lost) {
		if (!bpf_map_update_elem(&lost_by_cgroup, &key, &one, BPF_NOEXIST))
			return 0;
		lost = bpf_map_lookup_elem(&lost_by_cgroup, &key);
	}
	if (lost)
		__sync_fetch_and_add(lost, 1);
	return 0;
}

/* Keeps the call in the totals when its key cannot be kept. Atomic: more than one program may be here. */
static __noinline int count_spilled(__u64 cgroup, __u64 call, __u64 ns, __u32 reason)
{
	__u32 nr = (__u32)call;
	__u32 abi = abi_of(call);

	if (nr >= SWOLL_SPILLED_NUMBERS)
		nr = SWOLL_SPILLED_NUMBERS - 1;
	__u32 at = (bpf_get_smp_processor_id() * SWOLL_ABIS + abi) * SWOLL_SPILLED_NUMBERS + nr;
	struct swoll_spilled *spilled = bpf_map_lookup_elem(&spilled_by_nr, &at);

	if (spilled) {
		__sync_fetch_and_add(&spilled->calls, 1);
		__sync_fetch_and_add(&spilled->ns, ns);
	}
	return lose(cgroup, reason);
}

/* Sends one call that no table holds. */
static __noinline int send_call(__u64 cgroup, __u64 call, __u64 ns, __u32 slot)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (has_drop_rules && is_dropped(cgroup, call))
		return 0;

	void *ring = bpf_map_lookup_elem(&ring_by_cpu, &cpu);
	struct swoll_record_call *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;

	if (!record)
		return count_spilled(cgroup, call, ns, SWOLL_REASON_EXIT_RING_FULL);
	fill_header(&record->header, SWOLL_RECORD_CALL, cpu, SWOLL_NO_WAY, 0);
	record->cgroup = cgroup;
	record->call = call;
	record->ns = ns;
	record->slot = slot;
	record->pad = 0;
	bpf_ringbuf_submit(record, wakeup_flags(ring));
	return 0;
}

/* Sends the owner of a way to user space. False: the ring is full and the owner must stay. */
static __always_inline bool evict(struct swoll_set *set, __u32 w, __u32 cpu, __u32 way)
{
	const struct swoll_counter *counter = &set->counters[w];
	void *ring = bpf_map_lookup_elem(&ring_by_cpu, &cpu);

	if (!ring)
		return false;
	if (counter->calls == 1) {
		struct swoll_record_call *record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);

		if (!record)
			return false;
		fill_header(&record->header, SWOLL_RECORD_CALL, cpu, way, counter->seq);
		record->cgroup = set->cgroup[w];
		record->call = set->call[w];
		record->ns = counter->ns;
		record->slot = counter->first_slot == (__u16)SWOLL_UNTIMED ? SWOLL_UNTIMED : counter->first_slot;
		record->pad = 0;
		bpf_ringbuf_submit(record, wakeup_flags(ring));
		return true;
	}
	struct swoll_record_counter *record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);

	if (!record)
		return false;
	fill_header(&record->header, SWOLL_RECORD_COUNTER, cpu, way, counter->seq);
	record->cgroup = set->cgroup[w];
	record->call = set->call[w];
	record->calls = counter->calls;
	record->ns = counter->ns;
	__builtin_memcpy(record->slots, counter->slots, sizeof(record->slots));
	bpf_ringbuf_submit(record, wakeup_flags(ring));
	return true;
}

/* CLOCK, with the hand at a pseudo-random way: the first way not hit since the hand last passed. */
static __always_inline __u32 choose_victim(struct swoll_set *set, __u32 hand)
{
	for (__u32 i = 0; i < SWOLL_WAYS; i++) {
		__u32 w = (hand + i) & (SWOLL_WAYS - 1);

		if (!set->cgroup[w] || !set->counters[w].touched)
			return w;
		set->counters[w].touched = 0;
	}
	return hand & (SWOLL_WAYS - 1);
}

/* Makes `w` the way of a new key, and counts its first call. Odd sequence numbers tell readers to look away; the atomic
 * additions return a value and so order the stores around them on every architecture.
 */
static __always_inline void claim(struct swoll_set *set, __u32 w, __u64 cgroup, __u64 call, __u64 ns, __u32 slot)
{
	struct swoll_counter *counter = &set->counters[w];

	__sync_fetch_and_add(&counter->seq, 1);
	set->cgroup[w] = cgroup;
	set->call[w] = call;
	if (counter->calls > 1)
		__builtin_memset(counter->slots, 0, sizeof(counter->slots));
	else if (counter->first_slot < SWOLL_LATENCY_SLOTS)
		counter->slots[counter->first_slot] = 0;
	counter->calls = 1;
	counter->ns = ns;
	counter->touched = 0;
	counter->first_slot = slot;
	if (slot < SWOLL_LATENCY_SLOTS)
		counter->slots[slot] = 1;
	__sync_fetch_and_add(&counter->seq, 1);
}

/* A call to be counted. `slot` is SWOLL_UNTIMED, and `ns` 0, for a call without a known start. */
struct ended_call {
	__u64 cgroup;
	__u64 call;
	__u64 ns;
	__u32 slot;
};

/* No way of the set has the key: one is taken from its owner. Apart, so that the path of a hit is short. */
static __noinline int count_miss(struct swoll_set *set, __u32 cpu, __u32 set_in_cpu, __u32 hand, const struct ended_call *ended)
{
	if (has_drop_rules && is_dropped(ended->cgroup, ended->call))
		return 0;

	__u32 w = choose_victim(set, hand);

	if (set->cgroup[w] && !evict(set, w, cpu, set_in_cpu * SWOLL_WAYS + w))
		return count_spilled(ended->cgroup, ended->call, ended->ns, SWOLL_REASON_RING_FULL);
	claim(set, w, ended->cgroup, ended->call, ended->ns, ended->slot);
	return 0;
}

static __always_inline int count_call(__u64 cgroup, __u64 call, __u64 ns, __u32 slot)
{
	__u32 cpu = bpf_get_smp_processor_id();
	/* Two products that do not wait for each other; only their highest bits depend on every bit of the key. */
	__u64 hash = cgroup * 0x9e3779b97f4a7c15ULL ^ call * 0xff51afd7ed558ccdULL;
	__u32 set_in_cpu = hash >> (64 - set_bits);
	__u32 index = (cpu << set_bits) + set_in_cpu;
	struct swoll_set *set = bpf_map_lookup_elem(&counters_by_set, &index);
	__u32 w;

	if (!set)
		return 0;
#pragma unroll
	for (w = 0; w < SWOLL_WAYS; w++) {
		struct swoll_counter *counter = &set->counters[w];

		if (set->call[w] != call || set->cgroup[w] != cgroup)
			continue;
		counter->calls++;
		counter->ns += ns;
		counter->touched = 1;
		if (slot < SWOLL_LATENCY_SLOTS)
			counter->slots[slot]++;
		return 0;
	}

	struct ended_call ended = {.cgroup = cgroup, .call = call, .ns = ns, .slot = slot};

	return count_miss(set, cpu, set_in_cpu, hash >> 32, &ended);
}

#endif

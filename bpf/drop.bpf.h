/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Calls that nobody wants counted. Asked only where a key is not in the table: what is counted costs nothing more, and what is
 * dropped never takes a place there. User space drops what was counted before it knew whose the cgroup is.
 */
#ifndef SWOLL_DROP_BPF_H
#define SWOLL_DROP_BPF_H

#include <bpf/bpf_helpers.h>
#include "include/core_fixes.bpf.h"
#include "accounting_settings.bpf.h"

/* Key: abi * SPILLED_NUMBERS + min(nr, SPILLED_NUMBERS - 1). Value: the rules that name the call. User space writes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_ABIS *SWOLL_SPILLED_NUMBERS);
	__type(key, __u32);
	__type(value, __u32);
} drop_rules_by_call SEC(".maps");

/* Key: cgroup id. Value: the rules that are for the cgroup; no entry: none, or not known yet. User space writes and deletes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u64);
	__type(value, __u32);
} drop_rules_by_cgroup SEC(".maps");

/* Key: cpu * RULES + rule. Read by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct swoll_dropped);
} dropped_by_rule SEC(".maps");

static __always_inline __u32 rules_for(__u64 cgroup, __u64 call)
{
	const __u32 *by_cgroup = bpf_map_lookup_elem(&drop_rules_by_cgroup, &cgroup);
	__u32 abi = abi_of(call);
	__u32 nr = abi == SWOLL_ABI_X32 ? (__u32)call & ~X32_SYSCALL_BIT : (__u32)call;
	__u32 index = abi * SWOLL_SPILLED_NUMBERS + (nr < SWOLL_SPILLED_NUMBERS ? nr : SWOLL_SPILLED_NUMBERS - 1);
	const __u32 *by_call = by_cgroup ? bpf_map_lookup_elem(&drop_rules_by_call, &index) : NULL;

	return by_call ? *by_call & *by_cgroup : 0;
}

/* There is no instruction for it. */
static __always_inline __u32 lowest_bit(__u32 word)
{
	__u32 bit = 0;

#pragma unroll
	for (__u32 half = 16; half; half /= 2)
		if (!(word << (32 - half))) {
			word >>= half;
			bit += half;
		}
	return bit;
}

/* True: a rule leaves the call out, and has counted it as left out. Of several the first. */
static __noinline bool is_dropped(__u64 cgroup, __u64 call)
{
	__u32 rules = rules_for(cgroup, call);

	if (!rules)
		return false;

	__u32 at = bpf_get_smp_processor_id() * SWOLL_RULES + lowest_bit(rules);
	struct swoll_dropped *dropped = bpf_map_lookup_elem(&dropped_by_rule, &at);

	if (!dropped)
		return false;
	/* Atomic: more than one program may be here. */
	if (outcome_of(call) == SWOLL_OUTCOME_DENIED)
		__sync_fetch_and_add(&dropped->denied, 1);
	else
		__sync_fetch_and_add(&dropped->calls, 1);
	return true;
}

#endif

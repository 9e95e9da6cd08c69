/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Which jobs want a call: by its number, by its cgroup or because they follow its thread, and then by what a job asks beyond
 * that. A set of jobs is one word, so that any number of overlapping jobs costs what one does.
 */
#ifndef SWOLL_TRACE_JOBS_BPF_H
#define SWOLL_TRACE_JOBS_BPF_H

#include <bpf/bpf_helpers.h>
#include "include/core_fixes.bpf.h"
#include "settings.bpf.h"
#include "trace.h"

/* Key: abi * CALL_NUMBERS + min(nr, CALL_NUMBERS - 1). Value: the jobs that want the call. User space writes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_ABIS *SWOLL_CALL_NUMBERS);
	__type(key, __u32);
	__type(value, __u64);
} jobs_by_call SEC(".maps");

/* Key: cgroup id. Written and deleted by user space, for every cgroup it knows, wanted or not. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u64);
	__type(value, struct swoll_target);
} target_by_cgroup SEC(".maps");

/* Key: number of the job. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_JOBS);
	__type(key, __u32);
	__type(value, struct swoll_filter);
} filter_by_job SEC(".maps");

/* Jobs that want cgroups which user space does not know yet: it will tell later whose they are. */
volatile __u64 default_jobs = 0;
/* Jobs that follow threads, wherever they are. */
volatile __u64 following_jobs = 0;
/* Jobs with a filter. */
volatile __u64 filtered_jobs = 0;
/* All running jobs. */
volatile __u64 active_jobs = 0;
/* The process that reads the events, in the initial pid namespace: what it does is not traced, or each event would make more. */
volatile __u32 own_tgid = 0;

static __always_inline __u32 call_index(__u32 nr, __u32 abi)
{
	if (abi == SWOLL_ABI_X32)
		nr &= ~X32_SYSCALL_BIT;
	return abi * SWOLL_CALL_NUMBERS + (nr < SWOLL_CALL_NUMBERS ? nr : SWOLL_CALL_NUMBERS - 1);
}

static __always_inline __u64 jobs_of_call(__u32 index)
{
	const __u64 *jobs = bpf_map_lookup_elem(&jobs_by_call, &index);

	return jobs ? *jobs : 0;
}

/* Jobs that want the cgroup; its owner in `owner`. */
static __always_inline __u64 jobs_of_cgroup(__u64 cgroup, __u32 *owner)
{
	const struct swoll_target *target = bpf_map_lookup_elem(&target_by_cgroup, &cgroup);

	*owner = target ? target->owner : SWOLL_UNKNOWN_OWNER;
	return target ? target->jobs : default_jobs;
}

static __always_inline bool has_comm(const struct swoll_filter *filter)
{
	const __u64 *wanted = (const void *)filter->comm;
	__u64 comm[2] = {};

	if (!(wanted[0] | wanted[1]))
		return true;
	bpf_get_current_comm(comm, sizeof(comm));
	return wanted[0] == comm[0] && wanted[1] == comm[1];
}

/* Whether the job's filter lets the user's call begin. Each draws its own sample, so that none biases another. Global, as the
 * next one, so that the verifier looks at it once, not for each job.
 */
__noinline int can_begin(__u32 job, __u32 uid)
{
	const struct swoll_filter *filter = bpf_map_lookup_elem(&filter_by_job, &job);

	if (!filter)
		return true;
	if ((filter->uid != SWOLL_ANY_UID && filter->uid != uid) || !has_comm(filter))
		return false;
	return filter->sample <= 1 || bpf_get_prandom_u32() % filter->sample == 0;
}

/* Whether the job's filter likes how the call ended. */
__noinline int likes_end(__u32 job, __u32 error, __u64 ns)
{
	const struct swoll_filter *filter = bpf_map_lookup_elem(&filter_by_job, &job);

	if (!filter)
		return true;
	if (ns < filter->min_ns)
		return false;
	if (!(filter->errors[0] | filter->errors[1] | filter->errors[2]))
		return true;
	if (error > SWOLL_ERROR_WORDS * 64 - 1)
		error = SWOLL_ERROR_WORDS * 64 - 1;

	__u32 word = error / 64;

	/* For the verifier: the compiler knows it already, and would leave the comparison out. */
	barrier_var(word);
	return word < SWOLL_ERROR_WORDS && filter->errors[word] >> (error & 63) & 1;
}

/* The job's bit, unless it stays. Global, so that the verifier knows nothing of what comes: that of Linux 6.1 would tell all
 * sets of jobs apart.
 */
__noinline __u64 refused_bit(__u32 job, __u32 stays)
{
	return stays ? 0 : 1ULL << (job & 63);
}

/* Those of `jobs` whose filters let the call begin. */
__noinline __u64 filter_enter(__u64 jobs, __u32 uid)
{
	__u64 left = jobs & filtered_jobs;

	for (__u32 job = 0; job < SWOLL_JOBS && left; job++, left >>= 1)
		if (left & 1)
			jobs &= ~refused_bit(job, can_begin(job, uid));
	return jobs;
}

/* Those of `jobs` whose filters like how the call ended. */
__noinline __u64 filter_exit(__u64 jobs, __u32 error, __u64 ns)
{
	__u64 left = jobs & filtered_jobs;

	for (__u32 job = 0; job < SWOLL_JOBS && left; job++, left >>= 1)
		if (left & 1)
			jobs &= ~refused_bit(job, likes_end(job, error, ns));
	return jobs;
}

#endif

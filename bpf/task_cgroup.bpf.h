/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Which cgroup a task's calls are counted for. On a host with both cgroup versions that is the one in the v2 hierarchy, unless
 * only v1 knows the container: runtimes that know v1 only leave a container's processes where they were in v2.
 */
#ifndef SWOLL_TASK_CGROUP_BPF_H
#define SWOLL_TASK_CGROUP_BPF_H

#include <bpf/bpf_helpers.h>
#include "include/core_fixes.bpf.h"
#include "settings.bpf.h"

/* Key: id of a v1 cgroup with SWOLL_V1_CGROUP set; there while it is a container's, or nobody has said yet whose. The kernel
 * adds what is made, and user space deletes what is no container's. Full: the calls are counted for the v2 cgroup.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} v1_containers SEC(".maps");

/* Not 0: there was an entry once. Saves the look-up where v1 has controllers and no containers. */
volatile __u32 has_v1_containers = 0;

#define SWOLL_V1_CGROUP (1ULL << SWOLL_V1_SHIFT)

/* Not all objects learn of births. */
static __noinline __attribute__((unused)) int add_v1_container(__u64 id)
{
	__u32 one = 1;

	has_v1_containers = 1;
	return bpf_map_update_elem(&v1_containers, &id, &one, BPF_ANY);
}

/* The v1 cgroup of the task's container less `id`; 0: the task is in no container that v1 alone may know. A sum instead of a choice: the
 * verifier then sees the same on both ways, and looks once at all that comes after.
 */
static __noinline __u64 v1_container_less(const struct task_struct *task, __u64 id)
{
	const struct cgroup *cgroup = v1_cgroup(task, v1_subsys);

	if (!cgroup->level)
		return 0;

	__u64 container = cgroup->kn->id | SWOLL_V1_CGROUP;

	return bpf_map_lookup_elem(&v1_containers, &container) ? container - id : 0;
}

static __always_inline __u64 cgroup_of(const struct task_struct *task)
{
	__u64 id = task_cgroup_id(task, cgroup_subsys);

	if (v1_subsys >= 0 && has_v1_containers)
		id += v1_container_less(task, id);
	return id;
}

#endif

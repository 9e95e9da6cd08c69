/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Births, deaths and new names of cgroups, so that a container that lives 50 ms still has a name. A record has the cgroup's own
 * name and its parent's id: user space knows the parent's path, which may be longer than the kernel shows (1024 bytes), and a
 * short record lets four times as many births through a ring. The name needs bpf_probe_read_kernel_str, which
 * lockdown=confidentiality withholds: user space then loads cgroup_mkdir_id instead. Who includes this has said how to `lose`, and
 * what is to be done `before_rename`.
 */
#ifndef SWOLL_CGROUPS_BPF_H
#define SWOLL_CGROUPS_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/kernel.bpf.h"
#include "rings.bpf.h"
#include "task_cgroup.bpf.h"

/* Its id as calls are counted for it; 0: it is of a hierarchy that names nobody. */
static __always_inline __u64 counted_id(const struct cgroup *cgroup)
{
	__s32 hierarchy = cgroup->root->hierarchy_id;

	if (hierarchy == cgroup_hierarchy)
		return cgroup->kn->id;
	return v1_subsys >= 0 && hierarchy == v1_hierarchy ? cgroup->kn->id | SWOLL_V1_CGROUP : 0;
}

/* NULL: the ring is full (counted). */
static __always_inline struct swoll_record_cgroup *start_cgroup_record(const struct cgroup *cgroup, __u64 id, __u32 type)
{
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct swoll_record_cgroup *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;

	if (!record) {
		lose(id, SWOLL_REASON_CGROUP_RING_FULL);
		return NULL;
	}
	fill_header(&record->header, type, cpu, SWOLL_NO_WAY, 0);
	record->cgroup = id;
	record->parent = cgroup->self.parent->cgroup->kn->id | (id & SWOLL_V1_CGROUP);
	record->uid = bpf_get_current_task_btf()->cred->fsuid.val;
	record->pad = 0;
	record->name[0] = 0;
	return record;
}

/* A new v1 cgroup is counted for until user space says that it is no container's. */
static __always_inline void add_if_v1(__u64 id)
{
	if (id & SWOLL_V1_CGROUP && add_v1_container(id))
		lose(id, SWOLL_REASON_CGROUP_RING_FULL);
}

static __always_inline int send_name(const struct cgroup *cgroup, __u64 id, __u32 type)
{
	struct swoll_record_cgroup *record = start_cgroup_record(cgroup, id, type);

	if (!record)
		return 0;
	if (bpf_probe_read_kernel_str(record->name, sizeof(record->name), cgroup->kn->name) < 0)
		record->name[0] = 0;
	bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_name, struct cgroup *cgroup)
{
	__u64 id = counted_id(cgroup);

	if (!id)
		return 0;
	add_if_v1(id);
	return send_name(cgroup, id, SWOLL_RECORD_CGROUP_BIRTH);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_id, struct cgroup *cgroup)
{
	__u64 id = counted_id(cgroup);

	if (!id)
		return 0;
	add_if_v1(id);

	struct swoll_record_cgroup *record = start_cgroup_record(cgroup, id, SWOLL_RECORD_CGROUP_BIRTH);

	if (record)
		bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* For v1 cgroups: those of v2 cannot be renamed. */
SEC("tp_btf/cgroup_rename")
int BPF_PROG(cgroup_rename, struct cgroup *cgroup)
{
	__u64 id = counted_id(cgroup);

	if (!id)
		return 0;
	add_if_v1(id);
	before_rename(id);
	return send_name(cgroup, id, SWOLL_RECORD_CGROUP_RENAME);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup *cgroup)
{
	__u64 id = counted_id(cgroup);
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct swoll_record_cgroup_death *record;

	if (!id || !ring)
		return 0;
	if (id & SWOLL_V1_CGROUP)
		bpf_map_delete_elem(&v1_containers, &id);
	record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record) {
		lose(id, SWOLL_REASON_CGROUP_RING_FULL);
		return 0;
	}
	fill_header(&record->header, SWOLL_RECORD_CGROUP_DEATH, cpu, SWOLL_NO_WAY, 0);
	record->cgroup = id;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif

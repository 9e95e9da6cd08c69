/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Births and deaths of cgroups, so that a container that lives 50 ms still has a name. The path of a birth needs
 * bpf_probe_read_kernel_str, which lockdown=confidentiality withholds: user space then loads cgroup_mkdir_id instead.
 * Who includes this has said how to `lose`.
 */
#ifndef SWOLL_CGROUPS_BPF_H
#define SWOLL_CGROUPS_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/kernel.bpf.h"
#include "rings.bpf.h"

/* NULL: another hierarchy, or the ring is full (counted). */
static __always_inline struct swoll_record_cgroup *start_cgroup_record(struct cgroup *cgroup, __u32 type)
{
	__u32 cpu;
	void *ring = ring_here(&cpu);

	if (!ring || cgroup->root->hierarchy_id != cgroup_hierarchy)
		return NULL;

	__u64 id = cgroup->kn->id;
	struct swoll_record_cgroup *record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);

	if (!record) {
		lose(id, SWOLL_REASON_CGROUP_RING_FULL);
		return NULL;
	}
	fill_header(&record->header, type, cpu, SWOLL_NO_WAY, 0);
	record->cgroup = id;
	record->path[0] = 0;
	return record;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_path, struct cgroup *cgroup, const char *path)
{
	struct swoll_record_cgroup *record = start_cgroup_record(cgroup, SWOLL_RECORD_CGROUP_BIRTH);

	if (!record)
		return 0;
	if (bpf_probe_read_kernel_str(record->path, sizeof(record->path), path) < 0)
		record->path[0] = 0;
	bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_id, struct cgroup *cgroup)
{
	struct swoll_record_cgroup *record = start_cgroup_record(cgroup, SWOLL_RECORD_CGROUP_BIRTH);

	if (record)
		bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup *cgroup)
{
	struct swoll_record_cgroup *record = start_cgroup_record(cgroup, SWOLL_RECORD_CGROUP_DEATH);

	if (record)
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif

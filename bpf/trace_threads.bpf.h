/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * What the tracer knows of a thread: the call it is in, and what user space has been told of who it is. Task-local storage: it
 * is freed with the thread, and survives that execve gives a thread another id.
 */
#ifndef SWOLL_TRACE_THREADS_BPF_H
#define SWOLL_TRACE_THREADS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/kernel.bpf.h"
#include "rings.bpf.h"
#include "trace.h"
#include "trace_share.bpf.h"

/* States of a thread. Its call is not wanted, or there is none. */
#define TRACE_IDLE 0
/* It is in a wanted call. */
#define TRACE_IN_CALL 1
/* It is in a call whose end must not be taken for one of a denied call: filtered, or begun before the job. */
#define TRACE_SKIPPED 2

#define PROCESS_UNKNOWN 0
#define PROCESS_KNOWN 1
#define PROCESS_ENDED 2

struct trace_thread {
	struct swoll_traced_call call;
	__u32 state;
	/* Whether `call` has orders to copy memory. */
	__u32 has_memory;
	__u32 owner;
	/* Number of THREAD records. */
	__u32 version;
	/* Whether something has changed since, apart from what follows. */
	__u32 is_stale;
	__u32 tid;
	__u64 cgroup;
	__u64 user;
	__u64 nsproxy;
	__u64 session;
	/* Jobs that follow the thread. */
	__u64 followers;
	/* Of the first thread of a process: whether user space knows a thread of it, and has been told that it ended. */
	__u32 process;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct trace_thread);
} thread_by_task SEC(".maps");

static __always_inline struct trace_thread *find_thread(struct task_struct *task)
{
	return bpf_task_storage_get(&thread_by_task, task, 0, 0);
}

static __always_inline struct trace_thread *get_thread(struct task_struct *task)
{
	return bpf_task_storage_get(&thread_by_task, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline __u64 user_of(const struct task_struct *task)
{
	return task->cred->uid.val | (__u64)task->cred->gid.val << 32;
}

/* Id of a process in a pid namespace of its own. */
static __always_inline __u32 id_in_namespace(const struct pid *pid)
{
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid id = {};

	bpf_probe_read_kernel(&id, bpf_core_type_size(struct upid),
			      (const void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (level & 31) * bpf_core_type_size(struct upid));
	return id.nr;
}

static __always_inline void fill_identity(struct swoll_thread_record *record, const struct task_struct *task)
{
	const struct task_struct *parent = task->real_parent;
	/* Not as a pointer that the verifier knows: Linux 6.1 allows no sums with those. */
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid own = {};

	record->process_start_ns = task->group_leader->start_time;
	record->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_time);
	record->parent_tgid = BPF_CORE_READ(parent, tgid);
	record->ns_tid = id_in_namespace(pid);
	record->ns_tgid = id_in_namespace(BPF_CORE_READ(task, group_leader, thread_pid));
	record->session = id_in_namespace(BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]));
	bpf_probe_read_kernel(&own, bpf_core_type_size(struct upid),
			      (const void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (level & 31) * bpf_core_type_size(struct upid));
	record->pid_ns = BPF_CORE_READ(own.ns, ns.inum);
	record->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	record->uts_ns = BPF_CORE_READ(task, nsproxy, uts_ns, ns.inum);
	record->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

static __noinline int send_thread(struct task_struct *task, struct trace_thread *thread)
{
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct swoll_thread_record *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;

	if (!record)
		return lose_event(thread->call.jobs, thread->owner, SWOLL_LOST_THREAD);
	thread->tid = task->pid;
	thread->user = user_of(task);
	thread->version++;
	thread->is_stale = 0;
	record->header.type = SWOLL_RECORD_THREAD;
	record->header.length = sizeof(*record);
	record->time_ns = thread->call.start_ns;
	record->cgroup = thread->cgroup;
	record->version = thread->version;
	record->tid = task->pid;
	record->tgid = task->tgid;
	record->uid = thread->user;
	record->gid = thread->user >> 32;
	record->pad = 0;
	fill_identity(record, task);
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), task->comm);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);

	struct trace_thread *leader = get_thread(task->group_leader);

	if (leader && leader->process == PROCESS_UNKNOWN)
		leader->process = PROCESS_KNOWN;
	return 0;
}

/* Tells user space who the thread is, unless it knows. */
static __always_inline void tell_thread(struct task_struct *task, struct trace_thread *thread, __u64 cgroup)
{
	__u64 nsproxy = (__u64)task->nsproxy;
	__u64 session = (__u64)task->signal->pids[PIDTYPE_SID];

	if (thread->version && !thread->is_stale && thread->cgroup == cgroup && thread->tid == (__u32)task->pid &&
	    thread->user == user_of(task) && thread->nsproxy == nsproxy && thread->session == session)
		return;
	thread->cgroup = cgroup;
	thread->nsproxy = nsproxy;
	thread->session = session;
	send_thread(task, thread);
}

#endif

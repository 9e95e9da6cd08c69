/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The tracer's knowledge of a thread: the call it is in, and what user space has been told of who it is. Task-local storage: it
 * is freed with the thread, and survives that execve gives a thread another id.
 */
#ifndef SWOLL_TRACE_THREADS_BPF_H
#define SWOLL_TRACE_THREADS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/kernel.bpf.h"
#include "rings.bpf.h"
#include "trace.h"
#include "trace_caller.bpf.h"
#include "trace_share.bpf.h"

/* States of a thread. Its call is not wanted, or there is none. */
#define TRACE_IDLE 0
/* It is in a wanted call. */
#define TRACE_IN_CALL 1
/* It is in a call whose end must not be taken for one of a denied call: filtered, or begun before the job. */
#define TRACE_SKIPPED 2
/* It is in a wanted call that began before the job: `old` has what its end must know. */
#define TRACE_IN_OLD_CALL 3

#define PROCESS_UNKNOWN 0
#define PROCESS_KNOWN 1
#define PROCESS_ENDED 2

/* Facts about a thread that can change. Ids of sessions are in use as long as the struct pid lives. */
struct trace_facts {
	__u64 cgroup;
	__u64 user;
	__u64 comm[2];
	__u64 session;
	__u64 parent;
	__u64 nsproxy;
	__u32 tid;
	/* Its namespaces have changed since: the next ones may have the address of those before. */
	__u32 has_moved;
};

/* A call that was in flight when a job began. Written by an iterator before the state says so, and by nobody else. */
struct trace_old_call {
	__u64 jobs;
	__u64 start_ns;
	/* Number and ABI, and the flag that nobody saw it begin. */
	__u64 call;
};

struct trace_thread {
	struct swoll_traced_call call;
	__u32 state;
	/* Whether `call` has orders to copy memory. */
	__u32 has_memory;
	__u32 owner;
	/* Version of the last THREAD record; 0: none was sent. */
	__u32 version;
	/* The facts in the last THREAD record. */
	struct trace_facts told;
	/* Where the call began. */
	__u64 cgroup;
	/* Jobs that follow the thread. */
	__u64 followers;
	/* For the first thread of a process: whether user space knows a thread of it, and has been told that it ended. */
	__u32 process;
	/* The last look at calls in flight that showed its call. */
	__u32 shown_in;
	struct trace_old_call old;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct trace_thread);
} thread_by_task SEC(".maps");

/* THREAD records so far: one number for all threads, so that an id that is used again is no thread that was before. */
static volatile __u32 thread_versions = 0;

static __always_inline struct trace_thread *find_thread(struct task_struct *task)
{
	return bpf_task_storage_get(&thread_by_task, task, 0, 0);
}

static __always_inline struct trace_thread *get_thread(struct task_struct *task)
{
	return bpf_task_storage_get(&thread_by_task, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* What is known of the first thread of the task's process. */
static __always_inline struct trace_thread *get_leader(struct task_struct *task)
{
#ifdef SWOLL_OF_OTHERS
	/* A program that may sleep must hold what it looks at. */
	if (CAN_READ_OTHERS) {
		struct task_struct *leader = bpf_task_from_pid(task->tgid);
		struct trace_thread *thread;

		if (!leader)
			return NULL;
		thread = get_thread(leader);
		bpf_task_release(leader);
		return thread;
	}
#endif
	return get_thread(task->group_leader);
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
}

static __always_inline void fill_facts(struct swoll_thread_record *record, const struct trace_facts *facts)
{
	record->cgroup = facts->cgroup;
	record->uid = facts->user;
	record->gid = facts->user >> 32;
	record->tid = facts->tid;
	__builtin_memcpy(record->comm, facts->comm, sizeof(record->comm));
}

static __always_inline void fill_namespaces(struct swoll_thread_record *record, const struct nsproxy *namespaces)
{
	record->mnt_ns = namespaces->mnt_ns->ns.inum;
	record->uts_ns = namespaces->uts_ns->ns.inum;
	record->net_ns = namespaces->net_ns->ns.inum;
	record->ipc_ns = HAS_IPC_NAMESPACES ? namespaces->ipc_ns->ns.inum : 0;
	record->cgroup_ns = namespaces->cgroup_ns->ns.inum;
}

static __always_inline __u32 next_version(void)
{
	__u32 version = __sync_fetch_and_add(&thread_versions, 1) + 1;

	/* 0 says that there is none. */
	return version ? version : __sync_fetch_and_add(&thread_versions, 1) + 1;
}

/* Sends `told` as a record. Not 0: there is no room. */
static __noinline int send_thread(struct task_struct *task, struct trace_thread *thread)
{
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct swoll_thread_record *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;

	if (!record) {
		thread->version = 0;
		return 1;
	}
	thread->version = next_version();
	record->header.type = SWOLL_RECORD_THREAD;
	record->header.length = sizeof(*record);
	record->time_ns = bpf_ktime_get_ns();
	record->version = thread->version;
	record->tgid = task->tgid;
	record->pad = 0;
	fill_identity(record, READABLE(task));
	fill_facts(record, &thread->told);
	fill_namespaces(record, READABLE(task)->nsproxy);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);

	struct trace_thread *leader = get_leader(task);

	if (leader && leader->process == PROCESS_UNKNOWN)
		leader->process = PROCESS_KNOWN;
	return 0;
}

static __always_inline bool is_told(const struct trace_facts *told, const struct task_struct *task, __u64 cgroup)
{
	/* By value: others may give it a name at any time. Two words, which the record has too, even if only one was there yet. */
	const __u64 *comm = (const __u64 *)task->comm;

	return told->cgroup == cgroup && told->comm[0] == comm[0] && told->comm[1] == comm[1] &&
	       told->tid == (__u32)task->pid && told->user == user_of(task) && !told->has_moved &&
	       told->nsproxy == (__u64)task->nsproxy && told->parent == (__u64)task->real_parent &&
	       told->session == (__u64)task->signal->pids[PIDTYPE_SID];
}

static __always_inline void read_facts(struct trace_facts *facts, const struct task_struct *task, __u64 cgroup)
{
	const __u64 *comm = (const __u64 *)task->comm;

	facts->cgroup = cgroup;
	facts->user = user_of(task);
	facts->comm[0] = comm[0];
	facts->comm[1] = comm[1];
	facts->session = (__u64)task->signal->pids[PIDTYPE_SID];
	facts->parent = (__u64)task->real_parent;
	facts->nsproxy = (__u64)task->nsproxy;
	facts->tid = task->pid;
	facts->has_moved = 0;
}

/* At the end of any call of a thread that is known: it alone changes its namespaces, and by one call once at most. */
static __always_inline void mind_namespaces(struct trace_thread *thread, const struct task_struct *task)
{
	if (thread->told.nsproxy == (__u64)task->nsproxy)
		return;
	thread->told.nsproxy = (__u64)task->nsproxy;
	thread->told.has_moved = 1;
}

/* Tells user space who the thread is now, unless it knows. Not 0: there is no room; what the thread did must not be told. */
static __always_inline int tell_thread(struct task_struct *task, struct trace_thread *thread, __u64 cgroup)
{
	if (thread->version && is_told(&thread->told, task, cgroup))
		return 0;
	read_facts(&thread->told, READABLE(task), cgroup);
	return send_thread(task, thread);
}

#endif

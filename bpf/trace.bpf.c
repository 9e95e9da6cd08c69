// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// Sends single system calls, with the memory of their arguments, to those who asked for them. tp_btf programs on the two
// syscall tracepoints, attached only while a job runs; what a call is given is copied before it, what it gives back after it,
// and one record is sent when it has ended. Reads user and kernel memory, and so does not load under lockdown=confidentiality:
// the accounting, which does, is another object. Linux 5.15 or newer with BTF.

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "include/kernel.bpf.h"
#include "include/core_fixes.bpf.h"
#include "accounting.h"
#include "trace.h"
#include "settings.bpf.h"
#include "calls.bpf.h"
#include "task_cgroup.bpf.h"
#include "trace_jobs.bpf.h"
#include "trace_share.bpf.h"
#include "trace_memory.bpf.h"
#include "trace_exec.bpf.h"
#include "trace_threads.bpf.h"

/* A traced call says whose it is: nothing is counted that would have to be told apart. */
static __always_inline void before_rename(__u64 cgroup)
{
}

#include "cgroups.bpf.h"
#include "all_threads.bpf.h"

/* Input of `mark_threads`: jobs that follow a process from now on, and its id as this process's namespace has it. */
volatile __u64 mark_jobs = 0;
volatile __u32 mark_pid = 0;

static __always_inline bool has_orders(__u32 index)
{
	const struct swoll_copies *copies = bpf_map_lookup_elem(&copies_by_call, &index);

	return copies && copies->copies[0].how != SWOLL_COPY_NOTHING;
}

static __always_inline struct trace_memory *memory_of(struct task_struct *task, __u64 flags)
{
	return bpf_task_storage_get(&memory_by_task, task, 0, flags);
}

/* Where a call is made. */
struct trace_place {
	__u64 cgroup;
	__u32 owner;
	__u32 pad;
};

/* Jobs that want this call of the current thread, filters aside, and where it is made. */
static __always_inline __u64 wanted_here(struct task_struct *task, __u32 index, struct trace_place *place)
{
	__u64 jobs = jobs_of_call(index) & active_jobs;
	__u64 followers = 0;

	if (!jobs || (__u32)task->tgid == own_tgid)
		return 0;
	if (jobs & following_jobs) {
		struct trace_thread *thread = find_thread(task);

		if (thread)
			followers = thread->followers;
	}
	place->cgroup = cgroup_of(READABLE(task));
	return jobs & (jobs_of_cgroup(place->cgroup, &place->owner) | followers);
}

/* The same for rare ways. Global, as all that several programs or ways share and that need not be fast: the verifier looks at it once
 * in each program, not at every call.
 */
__noinline __u64 wanted_by(__u32 index, struct trace_place *place)
{
	return place ? wanted_here(bpf_get_current_task_btf(), index, place) : 0;
}

/* Copies what the call is given. Apart, since most calls are given numbers only. */
__noinline int copy_given(struct trace_thread *thread, __u32 index)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct trace_memory *memory = memory_of(task, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread)
		return 0;
	if (!memory)
		return lose_event(thread->call.jobs, thread->owner, SWOLL_LOST_NO_MEMORY);
	thread->has_memory = 1;
	begin_memory(memory, task);
	memory->call = thread->call;
	return copy_given_memory(memory, index);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(trace_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 abi = syscall_abi(task, id);
	__u32 index = call_index(id, abi);
	struct trace_place place = {};
	__u64 wanted = wanted_here(task, index, &place);

	if (!wanted)
		return 0;

	__u64 jobs = wanted & filtered_jobs ? filter_enter(wanted, user_of(READABLE(task))) : wanted;
	struct trace_thread *thread = get_thread(task);

	if (!thread)
		return lose_event(jobs, place.owner, SWOLL_LOST_NO_MEMORY);
	if (!jobs) {
		thread->state = TRACE_SKIPPED;
		return 0;
	}
	thread->state = TRACE_IN_CALL;
	thread->owner = place.owner;
	thread->cgroup = place.cgroup;
	thread->has_memory = 0;
	thread->call.jobs = jobs;
	thread->call.call = call_key(id, abi);
	syscall_arguments(regs, abi, thread->call.arguments);
	if (has_orders(index))
		copy_given(thread, index);
	thread->call.start_ns = bpf_ktime_get_ns();
	return 0;
}

/* Sends a record of numbers only. */
static __always_inline bool send_plain(void *ring, const struct swoll_traced_call *call)
{
	struct swoll_traced_call *record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);

	if (!record)
		return false;
	*record = *call;
	bpf_ringbuf_submit(record, wakeup_flags(ring));
	return true;
}

static __noinline int send_with_memory(void *ring, struct trace_thread *thread, struct trace_memory *memory)
{
	__u32 used = memory->used;

	barrier_var(used);
	if (used > sizeof(memory->bytes))
		used = sizeof(memory->bytes);
	thread->call.header.length += used;
	memory->call = thread->call;
	return bpf_ringbuf_output(ring, memory, sizeof(memory->call) + used, wakeup_flags(ring));
}

/* Sends the thread's call, which has ended. */
static __always_inline int send_call(struct trace_thread *thread, struct trace_memory *memory)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct swoll_traced_call *call = &thread->call;
	__u32 cpu;
	void *ring = ring_here(&cpu);
	__u32 length = sizeof(*call) + (memory ? memory->used : 0);

	if (!ring)
		return 0;
	if (rate_limit && !is_within_rate(thread->owner, call->end_ns))
		return lose_event(call->jobs, thread->owner, SWOLL_LOST_RATE_LIMITED);
	if (!has_share(ring, thread->owner, length))
		return lose_event(call->jobs, thread->owner, SWOLL_LOST_SHARE_FULL);
	if (tell_thread(task, thread, thread->cgroup))
		return lose_event(call->jobs, thread->owner, SWOLL_LOST_RING_FULL);
	call->tid = task->pid;
	call->version = thread->version;
	call->header.type = SWOLL_RECORD_TRACED_CALL;
	call->header.length = sizeof(*call);
	if (memory ? send_with_memory(ring, thread, memory) : !send_plain(ring, call))
		return lose_event(call->jobs, thread->owner, SWOLL_LOST_RING_FULL);
	return 0;
}

/* The thread's call has ended so; whoever still wants it gets it. */
static __always_inline int end_call_here(struct trace_thread *thread, __u64 ended, __s64 returned, __u64 now)
{
	struct swoll_traced_call *call = &thread->call;
	__u32 index = call_index((__u32)ended, abi_of(ended));
	struct trace_memory *memory = NULL;

	thread->state = TRACE_IDLE;
	call->jobs &= active_jobs;
	if (call->jobs & filtered_jobs)
		call->jobs = filter_exit(call->jobs, error_of(ended), now - call->start_ns);
	if (!call->jobs)
		return 0;
	call->end_ns = now;
	call->call = ended;
	call->ret = returned;
	if (thread->has_memory) {
		memory = memory_of(bpf_get_current_task_btf(), 0);
		if (memory && outcome_of(ended) != SWOLL_OUTCOME_KILLED && outcome_of(ended) != SWOLL_OUTCOME_NO_RETURN)
			copy_returned_memory(memory, index, returned);
	}
	return send_call(thread, memory);
}

/* The same for rare ways. */
__noinline int end_call(struct trace_thread *thread, __u64 ended, __s64 returned, __u64 now)
{
	return thread ? end_call_here(thread, ended, returned, now) : 0;
}

/* An exit whose enter was not seen though it is wanted: seccomp or a tracer has denied the call. Or it began before the job;
 * `mark_threads` has seen those that could be taken for denied ones.
 */
static __noinline int end_denied(struct task_struct *task, struct pt_regs *regs, long ret, __u32 outcome)
{
	__u32 nr = syscall_number(regs);
	__u32 abi = syscall_abi(task, nr);
	struct trace_place place = {};
	__u64 now;
	__u64 jobs = nr == SWOLL_NO_NUMBER || (ret == 0 && is_fork(call_key(nr, abi)))
			     ? 0
			     : wanted_by(call_index(nr, abi), &place);
	struct trace_thread *thread;

	if (jobs & filtered_jobs)
		jobs = filter_enter(jobs, user_of(READABLE(task)));
	if (!jobs)
		return 0;
	thread = get_thread(task);
	if (!thread)
		return lose_event(jobs, place.owner, SWOLL_LOST_NO_MEMORY);
	now = bpf_ktime_get_ns();
	thread->owner = place.owner;
	thread->cgroup = place.cgroup;
	thread->has_memory = 0;
	thread->call.jobs = jobs;
	thread->call.start_ns = now;
	syscall_arguments(regs, abi, thread->call.arguments);
	if (has_orders(call_index(nr, abi)))
		copy_given(thread, call_index(nr, abi));
	return end_call(thread, ended_key(task, call_key(nr, abi), ret, outcome), ret, now);
}

/* What the call was given is copied now, and marked as late. */
__noinline int copy_late(struct trace_thread *thread)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct trace_memory *memory = memory_of(task, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread || !memory)
		return 0;
	thread->has_memory = 1;
	begin_memory(memory, task);
	memory->late_order = 0;
	memory->late_at = 0;
	memory->call = thread->call;
	return 0;
}

/* The end of a call that was in flight when a job began. */
static __noinline int end_old_call(struct task_struct *task, struct pt_regs *regs, long ret, __u32 outcome)
{
	struct trace_thread *thread = find_thread(task);
	__u32 owner;

	if (!thread)
		return 0;

	__u64 call = thread->old.call;

	thread->cgroup = cgroup_of(READABLE(task));
	jobs_of_cgroup(thread->cgroup, &owner);
	thread->owner = owner;
	thread->has_memory = 0;
	thread->call.jobs = thread->old.jobs;
	thread->call.start_ns = thread->old.start_ns;
	syscall_arguments(regs, abi_of(call), thread->call.arguments);
	if (has_orders(call_index((__u32)call, abi_of(call))))
		copy_late(thread);
	return end_call(thread, ended_key(task, call, ret, outcome), ret, bpf_ktime_get_ns());
}

SEC("tp_btf/sys_exit")
int BPF_PROG(trace_exit, struct pt_regs *regs, long ret)
{
	__u64 now = bpf_ktime_get_ns();
	struct task_struct *task = bpf_get_current_task_btf();
	struct trace_thread *thread = find_thread(task);

	if (thread)
		mind_namespaces(thread, task);
	if (thread && thread->state == TRACE_IN_CALL)
		return end_call_here(thread, ended_key(task, thread->call.call, ret, SWOLL_OUTCOME_RETURNED), ret, now);
	if (thread && thread->state == TRACE_SKIPPED) {
		thread->state = TRACE_IDLE;
		return 0;
	}
	if (thread && thread->state == TRACE_IN_OLD_CALL)
		return end_old_call(task, regs, ret, SWOLL_OUTCOME_RETURNED);
	if (!task->seccomp.mode && !task->ptrace)
		return 0;
	if (task->seccomp.mode != SECCOMP_MODE_DEAD)
		return end_denied(task, regs, ret, SWOLL_OUTCOME_DENIED);
	/* SIGSYS takes the thread before it sees a result. Sent here, while its memory is there; `trace_thread_exit` need not. */
	end_denied(task, regs, 0, SWOLL_OUTCOME_KILLED);
	thread = find_thread(task);
	if (thread)
		thread->state = TRACE_SKIPPED;
	return 0;
}

/* Of those alone who may have been given its calls. */
static __always_inline int lose_thread_end(__u64 cgroup, const struct trace_thread *thread)
{
	__u32 owner;
	__u64 jobs = jobs_of_cgroup(cgroup, &owner);

	if (thread)
		jobs |= thread->followers;
	jobs &= active_jobs;
	return jobs ? lose_event(jobs, owner, SWOLL_LOST_THREAD_END) : 0;
}

static __noinline int send_thread_end(struct task_struct *task, bool is_process)
{
	const struct task_struct *ended = READABLE(task);
	__u32 cpu;
	void *ring = ring_here(&cpu);
	struct trace_thread *thread = get_thread(task);
	struct swoll_thread_end *record = NULL;

	if (ring && thread && !tell_thread(task, thread, cgroup_of(ended)))
		record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record)
		return lose_thread_end(cgroup_of(ended), thread);
	record->header.type = SWOLL_RECORD_THREAD_END;
	record->header.length = sizeof(*record);
	record->time_ns = bpf_ktime_get_ns();
	record->process_start_ns = ended->group_leader->start_time;
	record->tid = task->pid;
	record->tgid = task->tgid;
	record->is_process = is_process;
	record->version = thread->version;
	record->pad = 0;
	record->status = ended->signal->group_exit_code ? ended->signal->group_exit_code : task->exit_code;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(trace_thread_exit, struct task_struct *task)
{
	struct trace_thread *thread = find_thread(task);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (thread && thread->state == TRACE_IN_CALL) {
		__u64 call = thread->call.call;
		__u32 nr = call;
		bool is_exit = nr == numbers_of(call)->exit || nr == numbers_of(call)->exit_group;

		call = with_result(call, 0, is_exit ? SWOLL_OUTCOME_NO_RETURN : SWOLL_OUTCOME_KILLED);
		end_call(thread, call, 0, bpf_ktime_get_ns());
	} else if (thread && thread->state == TRACE_IN_OLD_CALL) {
		end_old_call(task, regs, 0, SWOLL_OUTCOME_KILLED);
	} else if (task->seccomp.mode == SECCOMP_MODE_DEAD && (!thread || thread->state != TRACE_SKIPPED)) {
		/* It did not come back: seccomp has killed the thread for it. */
		end_denied(task, regs, 0, SWOLL_OUTCOME_KILLED);
		thread = find_thread(task);
	}

	bool is_last = READABLE(task)->signal->live.counter == 0;

	if (is_last) {
		struct trace_thread *leader = find_thread(task->group_leader);

		/* Threads that die at once may all see that none is alive: the first says so. */
		is_last =
			leader && __sync_val_compare_and_swap(&leader->process, PROCESS_KNOWN, PROCESS_ENDED) == PROCESS_KNOWN;
	}
	if (is_last || (thread && thread->version))
		send_thread_end(task, is_last);
	return 0;
}

/* Its execve has succeeded: the new program is about to run. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(trace_exec, struct task_struct *task, int old_tid, struct linux_binprm *program)
{
	struct trace_thread *thread = find_thread(task);
	struct trace_memory *memory = NULL;

	if (thread && thread->state == TRACE_IN_CALL && thread->has_memory)
		memory = memory_of(task, 0);
	if (memory)
		copy_executed(memory, program, call_index((__u32)thread->call.call, abi_of(thread->call.call)));
	return 0;
}

/* Who follows a thread follows its children. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(trace_fork, struct task_struct *parent, struct task_struct *child)
{
	struct trace_thread *thread = following_jobs ? find_thread(parent) : NULL;
	struct trace_thread *born;

	if (!thread || !thread->followers)
		return 0;
	born = get_thread(child);
	if (born)
		born->followers = thread->followers;
	else
		lose_event(thread->followers, 0, SWOLL_LOST_NO_MEMORY);
	return 0;
}

/* Returns the id in the pid namespace of the iterator's reader; 0: it is not in that namespace. */
static __always_inline __u32 id_for_reader(const struct pid *pid)
{
	struct task_struct *reader = bpf_get_current_task_btf();
	__u32 level = BPF_CORE_READ(reader, thread_pid, level);
	struct upid id = {};

	if (level > BPF_CORE_READ(pid, level))
		return 0;
	bpf_probe_read_kernel(&id, bpf_core_type_size(struct upid),
			      (const void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (level & 31) * bpf_core_type_size(struct upid));
	return id.nr;
}

/* Whether `mark_pid` is the thread's own id, or that of its process. */
static __always_inline bool is_marked(struct task_struct *task)
{
	return id_for_reader(BPF_CORE_READ(task, group_leader, thread_pid)) == mark_pid ||
	       id_for_reader(BPF_CORE_READ(task, thread_pid)) == mark_pid;
}

/* Whether the end of the thread's call could be taken for that of a denied one. */
static __always_inline bool is_in_doubtful_call(struct task_struct *task)
{
	return !task->on_cpu && (task->seccomp.mode || task->ptrace) &&
	       syscall_number((struct pt_regs *)bpf_task_pt_regs(task)) != SWOLL_NO_NUMBER;
}

/* At the start of a job: makes it follow the threads of a process, or one thread, and marks the calls in flight that could be taken for
 * denied ones when they end. Also learns who is reading.
 */
SEC("iter/task")
int mark_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct trace_thread *thread;

	own_tgid = bpf_get_current_pid_tgid() >> 32;
	if (!task || task->flags & PF_KTHREAD)
		return 0;

	bool is_followed = mark_jobs && is_marked(task);
	bool is_doubtful = is_in_doubtful_call(task);

	if (!is_followed && !is_doubtful)
		return 0;
	thread = get_thread(task);
	if (!thread)
		return 0;
	if (is_followed)
		thread->followers |= mark_jobs;
	if (is_doubtful && thread->state == TRACE_IDLE)
		thread->state = TRACE_SKIPPED;
	return 0;
}

static long mark_by_number(__u32 index, void *context)
{
	struct task_struct *task = bpf_task_from_pid(index + 1);
	struct trace_thread *thread;

	if (!task)
		return 0;
	if (!(task->flags & PF_KTHREAD) && is_in_doubtful_call(task)) {
		thread = get_thread(task);
		if (thread && thread->state == TRACE_IDLE)
			thread->state = TRACE_SKIPPED;
	}
	bpf_task_release(task);
	return 0;
}

/* Marks the calls in flight of all pid namespaces. Sleepable, as it takes a while. */
SEC("iter.s/task")
int mark_all_threads(struct bpf_iter__task *ctx)
{
	if (ctx->meta->seq_num == 0 && CAN_FIND_THREADS)
		bpf_loop(last_tid, mark_by_number, NULL, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

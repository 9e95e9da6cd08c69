// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// Shows the calls that threads are in at this moment, to jobs that want them: an iterator over all threads, run when somebody asks. It
// shares its maps with trace.bpf.o, whose end of a call goes on from here. On Linux 6.2 and later what the calls were given is read from the
// memory of their processes, which may have to be waited for; before, only what descriptors refer to is known, and other arguments are
// numbers.

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#define SWOLL_OF_OTHERS
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
#include "trace_threads.bpf.h"

/* Input: whom to show calls, how long they must have taken so far, and whether their ends are wanted, too. */
volatile __u64 shown_jobs = 0;
volatile __u64 shown_min_ns = 0;
volatile __u32 is_marking = 0;
/* The number of this look: no thread is shown twice in one, though it takes two runs. */
volatile __u32 shown_in = 0;

/* Output: threads of which something was not read, as it might have had to be waited for without end. */
volatile __u64 withheld_threads = 0;
/* Output: whether this kernel lets memory of others be read. */
volatile __u32 can_read = 0;

/* The record in the making. One is enough: an object's iterator runs once at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trace_memory);
} shown_memory SEC(".maps");

/* Who makes a call, as filters ask. */
struct trace_caller {
	__u64 comm[2];
	__u32 uid;
	__u32 pad;
	__u64 for_ns;
};

/* Whether the filter lets the caller's calls begin; `is_shown`: and one that has not ended be shown. How it will end nobody knows. */
__noinline int can_show(__u32 job, struct trace_caller *caller, __u32 is_shown)
{
	const struct swoll_filter *filter = bpf_map_lookup_elem(&filter_by_job, &job);

	if (!filter || !caller)
		return true;
	if (is_shown)
		return !(filter->errors[0] | filter->errors[1] | filter->errors[2]) && caller->for_ns >= filter->min_ns;

	const __u64 *comm = (const void *)filter->comm;

	if (filter->uid != SWOLL_ANY_UID && filter->uid != caller->uid)
		return false;
	if ((comm[0] | comm[1]) && (comm[0] != caller->comm[0] || comm[1] != caller->comm[1]))
		return false;
	return filter->sample <= 1 || bpf_get_prandom_u32() % filter->sample == 0;
}

__noinline __u64 filter_shown(__u64 jobs, struct trace_caller *caller, __u32 is_shown)
{
	__u64 left = jobs & filtered_jobs;

	for (__u32 job = 0; job < SWOLL_JOBS && left; job++, left >>= 1)
		if (left & 1)
			jobs &= ~refused_bit(job, can_show(job, caller, is_shown));
	return jobs;
}

/* When the thread last left its CPU, or, if it runs, when the scheduler last looked: by the scheduler's clock, 0 if it keeps none. It came at
 * `last_arrival`, and stayed for what was added to its time since.
 */
static __always_inline __u64 ran_until(const struct task_struct *task)
{
	__u64 arrived = BPF_CORE_READ(task, sched_info.last_arrival);

	return arrived ? arrived + BPF_CORE_READ(task, se.sum_exec_runtime) - BPF_CORE_READ(task, se.prev_sum_exec_runtime) : 0;
}

/* How long the thread has not run, at least: it cannot have begun its call since. The clock of now is that of the reader, which is behind by
 * a tick at most. Without CONFIG_SCHED_INFO both are told by a clock that other CPUs have otherwise: it leaves out the time of interrupts.
 */
static __always_inline __u64 off_cpu_ns(const struct task_struct *task)
{
	const struct task_struct *reader = bpf_get_current_task_btf();
	__u64 ran, now;

	if (task->on_cpu)
		return 0;
	if (bpf_core_field_exists(task->sched_info.last_arrival) && task->sched_info.last_arrival) {
		ran = ran_until(task);
		now = ran_until(reader);
	} else {
		ran = task->se.exec_start;
		now = reader->se.exec_start;
	}
	return ran && now > ran ? now - ran : 0;
}

/* A call as a thread is in it. */
struct trace_shown {
	__u64 jobs;
	__u64 call;
	__u64 start_ns;
	__u64 cgroup;
	__u32 owner;
	__u32 index;
};

/* Jobs that want the call, filters aside. */
static __always_inline __u64 wanted_of(struct task_struct *task, struct trace_shown *shown, const struct trace_thread *thread)
{
	__u64 jobs = jobs_of_call(shown->index) & shown_jobs;
	__u64 followers = thread ? thread->followers : 0;

	if (!jobs || (__u32)task->tgid == (__u32)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	shown->cgroup = cgroup_of(READABLE(task));
	return jobs & (jobs_of_cgroup(shown->cgroup, &shown->owner) | followers);
}

/* Since when: as the tracer has seen it for another job, or else no later than this. */
static __always_inline void find_start(struct task_struct *task, struct trace_shown *shown, const struct trace_thread *thread,
				       __u64 now)
{
	if (thread && thread->state == TRACE_IN_CALL && thread->call.call == shown->call && thread->call.jobs & active_jobs) {
		shown->start_ns = thread->call.start_ns;
		return;
	}
	shown->call |= (__u64)SWOLL_OUTCOME_BEGAN_UNSEEN << OUTCOME_SHIFT;
	shown->start_ns = now - off_cpu_ns(task);
}

/* Has the end of the call be sent to the jobs. The thread may be leaving it at this moment: what it then takes for an old call is its next one,
 * unless the registers still say that it has not left. They change before it looks.
 */
static __always_inline void mark(struct trace_thread *thread, const struct pt_regs *regs, const struct trace_shown *shown)
{
	__u32 nr = shown->call;

	__u32 before = thread->state;

	/* Some job will be told of its end already. */
	if (before == TRACE_IN_CALL && thread->call.jobs & active_jobs) {
		if ((__u32)thread->call.call == nr)
			__sync_fetch_and_or(&thread->call.jobs, shown->jobs);
		return;
	}
	if (before == TRACE_IN_OLD_CALL && thread->old.jobs & active_jobs) {
		__sync_fetch_and_or(&thread->old.jobs, shown->jobs);
		return;
	}
	thread->old.jobs = shown->jobs;
	thread->old.start_ns = shown->start_ns;
	thread->old.call = shown->call;
	if (__sync_val_compare_and_swap(&thread->state, before, TRACE_IN_OLD_CALL) != before)
		return;
	if (!is_in_call(regs) || syscall_number(regs) != nr)
		__sync_val_compare_and_swap(&thread->state, TRACE_IN_OLD_CALL, TRACE_IDLE);
}

/* Copies what the call was given. That may take a while: the thread may be elsewhere then, and nobody wait for it any more. */
static __always_inline bool copy_shown(struct trace_memory *memory, const struct trace_shown *shown, struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	begin_caller(READABLE(task));
	begin_memory(memory, task);
	memory->call.start_ns = shown->start_ns;
	memory->call.call = shown->call | (__u64)SWOLL_OUTCOME_IN_FLIGHT << OUTCOME_SHIFT;
	memory->call.ret = 0;
	syscall_arguments(regs, abi_of(shown->call), memory->call.arguments);
	copy_given_memory(memory, shown->index);
	memory->call.jobs = shown->jobs & shown_jobs;
	return memory->call.jobs && is_in_call(regs) && syscall_number(regs) == (__u32)shown->call;
}

static __always_inline int send_shown(struct task_struct *task, struct trace_thread *thread, const struct trace_shown *shown,
				      __u64 now)
{
	__u32 zero = 0, cpu, used;
	struct trace_memory *memory = bpf_map_lookup_elem(&shown_memory, &zero);
	void *ring = ring_here(&cpu);

	if (!memory || !ring || !copy_shown(memory, shown, task))
		return 0;
	if (is_withheld)
		__sync_fetch_and_add(&withheld_threads, 1);
	used = memory->used;
	barrier_var(used);
	if (used > sizeof(memory->bytes))
		used = sizeof(memory->bytes);
	if (!has_share(ring, shown->owner, sizeof(memory->call) + used))
		return lose_event(shown->jobs, shown->owner, SWOLL_LOST_SHARE_FULL);
	if (tell_thread(task, thread, shown->cgroup))
		return lose_event(shown->jobs, shown->owner, SWOLL_LOST_RING_FULL);
	memory->call.end_ns = now;
	memory->call.tid = task->pid;
	memory->call.version = thread->version;
	memory->call.header.type = SWOLL_RECORD_TRACED_CALL;
	memory->call.header.length = sizeof(memory->call) + used;
	thread->shown_in = shown_in;
	if (bpf_ringbuf_output(ring, memory, sizeof(memory->call) + used, wakeup_flags(ring)))
		return lose_event(shown->jobs, shown->owner, SWOLL_LOST_RING_FULL);
	return 0;
}

static __always_inline int show(struct task_struct *task)
{
	struct trace_shown shown;
	struct trace_caller caller;
	struct trace_thread *thread;
	struct pt_regs *regs;
	__u32 nr, abi;
	__u64 now = bpf_ktime_get_ns();

	if (!task || task->flags & PF_KTHREAD)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (!is_in_call(regs))
		return 0;
	nr = syscall_number(regs);
	abi = syscall_abi(task, nr);
	shown = (struct trace_shown){.call = call_key(nr, abi), .index = call_index(nr, abi)};
	thread = find_thread(task);
	if (thread && thread->shown_in == shown_in)
		return 0;
	shown.jobs = wanted_of(task, &shown, thread);
	if (!shown.jobs)
		return 0;
	find_start(task, &shown, thread, now);
	caller = (struct trace_caller){.uid = user_of(READABLE(task)), .for_ns = now - shown.start_ns};
	caller.comm[0] = ((const __u64 *)task->comm)[0];
	caller.comm[1] = ((const __u64 *)task->comm)[1];
	thread = get_thread(task);
	if (!thread)
		return lose_event(shown.jobs, shown.owner, SWOLL_LOST_NO_MEMORY);
	if (shown.jobs & filtered_jobs)
		shown.jobs = filter_shown(shown.jobs, &caller, false);
	if (is_marking && shown.jobs)
		mark(thread, regs, &shown);
	if (shown.jobs & filtered_jobs)
		shown.jobs = filter_shown(shown.jobs, &caller, true);
	if (!shown.jobs || caller.for_ns < shown_min_ns)
		return 0;
	return send_shown(task, thread, &shown, now);
}

SEC("iter.s/task")
int show_calls(struct bpf_iter__task *ctx)
{
	can_read = CAN_READ_OTHERS;
	return show(ctx->task);
}

static long show_by_number(__u32 index, void *context)
{
	struct task_struct *task = bpf_task_from_pid(index + 1);

	if (!task)
		return 0;
	show(task);
	bpf_task_release(task);
	return 0;
}

/* An iterator shows the threads of its reader's pid namespace; this one, all there are, by all the numbers there may be. */
SEC("iter.s/task")
int show_all_calls(struct bpf_iter__task *ctx)
{
	can_read = CAN_READ_OTHERS;
	if (ctx->meta->seq_num == 0 && CAN_READ_OTHERS)
		bpf_loop(last_tid, show_by_number, NULL, 0);
	return 0;
}

/* For kernels that cannot have a program wait. */
SEC("iter/task")
int show_numbers(struct bpf_iter__task *ctx)
{
	return show(ctx->task);
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// Counts and times every system call, by cgroup, number, ABI and errno or outcome. tp_btf programs on the two syscall
// tracepoints: typed loads and map helpers only, no bpf_probe_read*, so that they are fast and load under
// lockdown=confidentiality. Three rare tracepoints tell what the pair cannot see: how a thread died, and that execve gave
// it another id; an iterator marks the calls that were in flight before. Linux 5.15 or newer with BTF.

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "include/kernel.bpf.h"
#include "include/core_fixes.bpf.h"
#include "include/latency.bpf.h"
#include "accounting.h"
#include "accounting_settings.bpf.h"
#include "calls.bpf.h"
#include "task_cgroup.bpf.h"
#include "table.bpf.h"
#include "inflight.bpf.h"
#include "snapshot.bpf.h"
#include "cgroups.bpf.h"
#include "all_threads.bpf.h"

/* Enters the books of a call that began before its enter could be seen. */
static __noinline int count_attached(__s64 calls)
{
	struct swoll_books *books = books_of(bpf_get_smp_processor_id());

	if (books)
		__sync_fetch_and_add(&books->attached, calls);
	return 0;
}

static __noinline int count_child_return(void)
{
	struct swoll_books *books = books_of(bpf_get_smp_processor_id());

	if (books)
		__sync_fetch_and_add(&books->child_returns, 1);
	return 0;
}

/* A call of a thread whose slot another thread owns. */
static __always_inline int enter_without_slot(__u32 tid, __u64 call)
{
	struct swoll_books *books = books_of(bpf_get_smp_processor_id());
	__u64 cgroup = cgroup_of(bpf_get_current_task_btf());

	if (books)
		__sync_fetch_and_add(&books->enters, 1);
	if (!put_inflight(tid, call, bpf_ktime_get_ns(), SWOLL_IN_CALL, cgroup))
		lose(cgroup, SWOLL_REASON_INFLIGHT_FULL);
	return 0;
}

/* The thread does not idle in its own slot: its first call, no slot to be had, or something went unseen. */
static __noinline int enter_unusual(__u32 tid, __u64 call)
{
	struct swoll_inflight *slot = claim_slot(tid);
	__u32 state = state_of(slot);

	if (!slot)
		return enter_without_slot(tid, call);
	if (state == SWOLL_IN_CALL)
		lose(cgroup_of(bpf_get_current_task_btf()), SWOLL_REASON_EXIT_MISSED);
	else if (state == SWOLL_IN_OLD_CALL)
		count_attached(-1); /* It had returned, and was preempted on its way to user mode. */
	slot->owner = owner_in(tid, SWOLL_IN_CALL);
	slot->call = call;
	slot->enters++;
	slot->cgroup = cgroup_of(bpf_get_current_task_btf());
	slot->start_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid;
	__u64 call = call_key(id, syscall_abi(task, id));
	struct swoll_inflight *slot = slot_of(tid);

	if (!slot || slot->owner != owner_in(tid, SWOLL_IDLE))
		return enter_unusual(tid, call);
	slot->owner = owner_in(tid, SWOLL_IN_CALL);
	slot->call = call;
	slot->enters++;
	slot->start_ns = bpf_ktime_get_ns();
	return 0;
}

/* An exit whose enter was not seen: by design (latency is off), because it was before our time, or because the call was
 * denied: seccomp and ptrace act before the tracepoint, and skip it.
 */
static __always_inline int exit_without_enter(struct task_struct *task, struct pt_regs *regs, long ret)
{
	__u32 nr = syscall_number(regs);
	__u64 call = call_key(nr, syscall_abi(task, nr));
	__u32 outcome = SWOLL_OUTCOME_RETURNED;

	if (ret == 0 && is_fork(call))
		return count_child_return();
	if (latency_mode == SWOLL_MODE_EXACT) {
		outcome = is_settled ? SWOLL_OUTCOME_DENIED : SWOLL_OUTCOME_ATTACHED;
		if (!is_settled)
			count_attached(1);
		if (task->seccomp.mode == SECCOMP_MODE_DEAD)
			put_inflight(task->pid, call, 0, SWOLL_CONDEMNED, 0);
	} else if (nr == SWOLL_NO_NUMBER) {
		/* sigreturn restores the registers of the interrupted code, and no number. */
		call = call_key(numbers_of(call)->rt_sigreturn, abi_of(call));
	}
	return count_call(cgroup_of(task), ended_key(task, call, ret, outcome), 0, SWOLL_UNTIMED);
}

static __always_inline int exit_timed(struct task_struct *task, struct swoll_inflight *inflight, long ret, __u64 now)
{
	__u64 ns = now - inflight->start_ns;
	__u64 call = ended_key(task, inflight->call, ret, SWOLL_OUTCOME_RETURNED);
	__u64 cgroup = cgroup_of(task);

	/* Who looks at the next call finds it here: nothing is left to do when that begins. */
	inflight->cgroup = cgroup;
	return count_call(cgroup, call, ns, latency_slot(ns));
}

/* The thread's slot does not say that it is in a call: it has none, or its call was not seen to begin. */
static __noinline int exit_unusual(struct task_struct *task, struct pt_regs *regs, long ret)
{
	__u32 tid = task->pid;
	struct swoll_inflight *inflight = find_inflight(tid);
	__u32 state = state_of(inflight);

	if (!inflight || (state != SWOLL_IN_CALL && state != SWOLL_IN_OLD_CALL))
		return exit_without_enter(task, regs, ret);
	if (state == SWOLL_IN_CALL) {
		exit_timed(task, inflight, ret, bpf_ktime_get_ns());
		end_inflight(inflight, tid);
		return 0;
	}

	__u64 call = inflight->call;

	if (ret == 0 && is_fork(call)) {
		/* A child that had not run yet was taken for its parent's call in flight. */
		count_attached(-1);
		count_child_return();
	} else {
		count_call(cgroup_of(task), ended_key(task, call, ret, SWOLL_OUTCOME_ATTACHED), 0, SWOLL_UNTIMED);
	}
	end_inflight(inflight, tid);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret)
{
	if (latency_mode == SWOLL_MODE_OFF)
		return exit_without_enter(bpf_get_current_task_btf(), regs, ret);

	/* First of all: reading the clock waits for everything before it (lfence, isb). Of sampled calls most need no time. */
	__u64 now = latency_mode == SWOLL_MODE_EXACT ? bpf_ktime_get_ns() : 0;
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tid = task->pid;
	struct swoll_inflight *slot = slot_of(tid);

	if (!slot || slot->owner != owner_in(tid, SWOLL_IN_CALL))
		return exit_unusual(task, regs, ret);
	exit_timed(task, slot, ret, latency_mode == SWOLL_MODE_EXACT ? now : bpf_ktime_get_ns());
	/* Only now: whoever looks in between finds the call twice, which the balance allows for, and never nowhere. */
	slot->owner = owner_in(tid, SWOLL_IDLE);
	return 0;
}

/* Counts the call that a thread dies in, if any. Rare: sends its record through the ring, and leaves the table to sys_exit. */
static __always_inline void count_last_call(struct task_struct *task, const struct swoll_inflight *inflight)
{
	__u32 state = state_of(inflight);
	__u32 nr = syscall_number((struct pt_regs *)bpf_task_pt_regs(task));
	__u64 call = call_key(nr, syscall_abi(task, nr));
	__u64 cgroup = cgroup_of(task);

	if (inflight && state == SWOLL_IN_CALL)
		call = inflight->call;
	nr = call;
	if (task->seccomp.mode == SECCOMP_MODE_DEAD && nr != SWOLL_NO_NUMBER) {
		if (latency_mode == SWOLL_MODE_EXACT && state != SWOLL_CONDEMNED)
			send_call(cgroup, with_result(call, 0, SWOLL_OUTCOME_DENIED), 0, SWOLL_UNTIMED);
	} else if (nr == numbers_of(call)->exit || nr == numbers_of(call)->exit_group) {
		if (state != SWOLL_IN_CALL && state != SWOLL_IN_OLD_CALL)
			count_attached(1);
		send_call(cgroup, with_result(call, 0, SWOLL_OUTCOME_NO_RETURN), 0, SWOLL_UNTIMED);
	} else if (inflight && state == SWOLL_IN_CALL) {
		__u64 ns = bpf_ktime_get_ns() - inflight->start_ns;

		send_call(cgroup, with_result(call, 0, SWOLL_OUTCOME_KILLED), ns, latency_slot(ns));
	} else if (state == SWOLL_IN_OLD_CALL) {
		count_attached(-1);
	}
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task)
{
	__u32 tid = task->pid;

	if (latency_mode == SWOLL_MODE_OFF) {
		count_last_call(task, NULL);
		return 0;
	}
	count_last_call(task, find_inflight(tid));
	free_inflight(tid);
	return 0;
}

/* execve from a thread other than the leader gives it the leader's id, while its call is still in flight. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *task, int old_tid)
{
	__u32 from = old_tid;
	__u32 tid = task->pid;

	if (from == tid)
		return 0;

	struct swoll_inflight *old = find_inflight(from);

	if (!old)
		return 0;
	if (!put_inflight(tid, old->call, old->start_ns, state_of(old), old->cgroup))
		lose(cgroup_of(task), SWOLL_REASON_INFLIGHT_FULL);
	free_inflight(from);
	return 0;
}

/* Marks calls that began before sys_enter was attached, so that their return is not taken for a denied call. A thread
 * that runs now is in user mode, or will be seen: only those that wait in the kernel are marked.
 */
static __always_inline int mark_old_call(struct task_struct *task)
{
	if (!task || task->flags & PF_KTHREAD || task->on_cpu)
		return 0;

	__u32 nr = syscall_number((struct pt_regs *)bpf_task_pt_regs(task));
	__u32 tid = task->pid;
	struct swoll_inflight *inflight = find_inflight(tid);

	/* A thread with a slot has made a call since: it was in user mode, or has returned from the old one. */
	if (nr == SWOLL_NO_NUMBER || inflight)
		return 0;
	if (put_inflight(tid, call_key(nr, syscall_abi(task, nr)), bpf_ktime_get_ns(), SWOLL_IN_OLD_CALL, cgroup_of(task)))
		count_attached(1);
	return 0;
}

SEC("iter/task")
int mark_old_calls(struct bpf_iter__task *ctx)
{
	return mark_old_call(ctx->task);
}

static long mark_by_number(__u32 index, void *context)
{
	struct task_struct *task = bpf_task_from_pid(index + 1);

	if (!task)
		return 0;
	mark_old_call(task);
	bpf_task_release(task);
	return 0;
}

/* The same for the threads of all pid namespaces. Sleepable, as it takes a while. */
SEC("iter.s/task")
int mark_all_old_calls(struct bpf_iter__task *ctx)
{
	if (ctx->meta->seq_num == 0 && CAN_FIND_THREADS)
		bpf_loop(last_tid, mark_by_number, NULL, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

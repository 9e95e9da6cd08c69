/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Which call it is and how it ended, in one word: number | error << 32 | abi << 48 | outcome << 56.
 */
#ifndef SWOLL_CALLS_BPF_H
#define SWOLL_CALLS_BPF_H

#include "include/kernel.bpf.h"
#include "accounting.h"
#include "settings.bpf.h"

/* include/linux/errno.h: not errors but orders to the signal code. 515, between them, is an error (ENOIOCTLCMD). */
#define ERESTARTSYS 512
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516
#define MAX_ERRNO 4095

#define ERROR_SHIFT 32
#define ABI_SHIFT 48
#define OUTCOME_SHIFT 56

static __always_inline __u64 call_key(__u32 nr, __u32 abi)
{
	return nr | (__u64)abi << ABI_SHIFT;
}

static __always_inline __u64 with_result(__u64 call, __u32 error, __u32 outcome)
{
	return call | (__u64)error << ERROR_SHIFT | (__u64)outcome << OUTCOME_SHIFT;
}

static __always_inline __u32 error_of(__u64 call)
{
	return call >> ERROR_SHIFT & 0xffff;
}

static __always_inline __u32 abi_of(__u64 call)
{
	return call >> ABI_SHIFT & 0xff;
}

static __always_inline __u64 outcome_of(__u64 call)
{
	return call >> OUTCOME_SHIFT & ~SWOLL_OUTCOME_BEGAN_UNSEEN;
}

static __always_inline const volatile struct swoll_numbers *numbers_of(__u64 call)
{
	__u32 abi = abi_of(call);

	return &numbers[abi < SWOLL_ABIS ? abi : SWOLL_ABI_NATIVE];
}

/* sigreturn "returns" whatever the interrupted code had in the register of results. */
static __always_inline bool is_sigreturn(__u64 call)
{
	const volatile struct swoll_numbers *n = numbers_of(call);

	return (__u32)call != SWOLL_NO_NUMBER && ((__u32)call == n->rt_sigreturn || (__u32)call == n->sigreturn);
}

/* In the child of a fork the first thing to happen is the parent's call, returning 0. */
static __always_inline bool is_fork(__u64 call)
{
	const volatile struct swoll_numbers *n = numbers_of(call);
	__u32 nr = call;

	return nr != SWOLL_NO_NUMBER && (nr == n->clone || nr == n->clone3 || nr == n->fork || nr == n->vfork);
}

/* The key of a call that ended. A range test on 64 bits: addresses are not errors. */
static __always_inline __u64 ended_key(const struct task_struct *task, __u64 call, long ret, __u32 outcome)
{
	__u32 error = -ret;

	if (ret >= 0 || ret < -MAX_ERRNO || is_sigreturn(call))
		return with_result(call, 0, outcome);
	if ((error >= ERESTARTSYS && error <= ERESTARTNOHAND) || error == ERESTART_RESTARTBLOCK) {
		/* A fatal signal ends the wait the same way, and then the call never comes back. */
		bool is_killed = task->pending.signal.sig[0] & SIGKILL_BIT;

		if (outcome != SWOLL_OUTCOME_DENIED)
			outcome = is_killed ? SWOLL_OUTCOME_KILLED : SWOLL_OUTCOME_RESTARTED;
		return with_result(call, 0, outcome);
	}
	return with_result(call, error, outcome);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Shared by the accounting programs and user space. `make -C bpf layout` writes native/generated/layout.ts from the
 * BTF of these types; a test fails when the two differ.
 */
#ifndef SWOLL_ACCOUNTING_H
#define SWOLL_ACCOUNTING_H

#include <linux/types.h>
#include "reasons.h"

/* Ways of a set: how many keys share one hash. Four tags of 16 bytes are one cache line. */
#define SWOLL_WAYS 4

/* Latency slots: slot s holds calls of (2^(s-30), 2^(s-29)] seconds; the last one, 2^11 to 2^12 s, all longer ones too. */
#define SWOLL_LATENCY_SLOTS 42
#define SWOLL_LATENCY_MIN_EXPONENT (-30)
#define SWOLL_UNTIMED 0xffffffffU

/* Which syscall table a number belongs to. */
#define SWOLL_ABI_NATIVE 0
#define SWOLL_ABI_COMPAT 1
#define SWOLL_ABI_X32 2
#define SWOLL_ABIS 3

#define SWOLL_OUTCOME_RETURNED 0
#define SWOLL_OUTCOME_RESTARTED 1
#define SWOLL_OUTCOME_DENIED 2
#define SWOLL_OUTCOME_KILLED 3
#define SWOLL_OUTCOME_NO_RETURN 4
/* RETURNED, but without an enter: the call began before sys_enter was attached. */
#define SWOLL_OUTCOME_ATTACHED 5
/* The call has not ended: a thread was found in it. Of traced calls only. */
#define SWOLL_OUTCOME_IN_FLIGHT 6
/* Beside any of them: nobody saw the call begin; it did no later than it says. Of traced calls only. */
#define SWOLL_OUTCOME_BEGAN_UNSEEN 0x80

/* Spilled calls are kept by number up to this one, and together from there. */
#define SWOLL_SPILLED_NUMBERS 512

/* Bytes of a cgroup's name: NAME_MAX and a NUL. */
#define SWOLL_NAME_MAX 256
/* On hosts with both cgroup versions, set in the ids of v1 cgroups: each version numbers its own. */
#define SWOLL_V1_SHIFT 52

#define SWOLL_MODE_OFF 0
#define SWOLL_MODE_SAMPLED 1
#define SWOLL_MODE_EXACT 2

/* Numbers whose calls do not simply return, per ABI. Absent ones are SWOLL_NO_NUMBER. */
#define SWOLL_NO_NUMBER 0xffffffffU
struct swoll_numbers {
	__u32 exit;
	__u32 exit_group;
	__u32 sigreturn;
	__u32 rt_sigreturn;
	__u32 fork;
	__u32 vfork;
	__u32 clone;
	__u32 clone3;
};

/* A key is two words: the cgroup id, and the call: number | error << 32 | abi << 48 | outcome << 56. */
struct swoll_counter {
	__u64 calls;
	__u64 ns;
	/* Even: stable. Odd: the way is changing owner. Never owned: 0. Each owner sees one even value. */
	__u32 seq;
	/* Slot of the call that claimed the way: the whole histogram while calls == 1. */
	__u16 first_slot;
	/* Hit since the clock hand last passed. */
	__u16 touched;
	__u32 slots[SWOLL_LATENCY_SLOTS];
};

struct swoll_set {
	__u64 cgroup[SWOLL_WAYS];
	__u64 call[SWOLL_WAYS];
	struct swoll_counter counters[SWOLL_WAYS];
};

/* The call a thread is in, one per slot of the in-flight table. Owned for the thread's life, so that only it writes. */
struct swoll_inflight {
	/* Thread id | state << 32; 0 when free. One word, so that one comparison tells all. */
	__u64 owner;
	/* The call's word in a key, without error and outcome. */
	__u64 call;
	/* Of a call that began before our time: when it was found. */
	__u64 start_ns;
	/* sys_enter events of all owners. */
	__u64 enters;
	/* Where the thread's last call ended; of its first one, where that began. */
	__u64 cgroup;
};

#define SWOLL_IDLE 0
#define SWOLL_IN_CALL 1
/* In a call that began before the programs were attached. */
#define SWOLL_IN_OLD_CALL 2
/* Condemned by seccomp, and its denied call is already counted. */
#define SWOLL_CONDEMNED 3

struct swoll_spilled {
	__u64 calls;
	__u64 ns;
};

/* Per CPU. Every enter and exit that is not simply a counted call is here. */
struct swoll_books {
	/* Enters of threads without a slot of their own in the in-flight table. */
	__u64 enters;
	/* sys_exit of a new child: not a call. */
	__u64 child_returns;
	/* Calls without an enter because they began before sys_enter was attached. */
	__u64 attached;
	__u64 inflight_collisions;
	__u64 lost[SWOLL_REASONS];
	/* Two cache lines: CPUs must not share one. */
	__u64 pad[12 - SWOLL_REASONS];
};

/* Rules by which calls are not counted: a set of them is one word. */
#define SWOLL_RULES 32

/* Per CPU and rule: calls that it left out, those that had an enter and those that were denied. */
struct swoll_dropped {
	__u64 calls;
	__u64 denied;
};

struct swoll_lost_key {
	__u64 cgroup;
	__u64 reason;
};

/* Ring records. All start with the header. */
#define SWOLL_RECORD_CALL 1
#define SWOLL_RECORD_COUNTER 2
#define SWOLL_RECORD_CGROUP_BIRTH 3
#define SWOLL_RECORD_CGROUP_DEATH 4
#define SWOLL_RECORD_CGROUP_RENAME 5
#define SWOLL_RECORD_SNAPSHOT 6
#define SWOLL_NO_WAY 0xffffffffU

/* type; way of this CPU's table (set * WAYS + way) or SWOLL_NO_WAY. */
struct swoll_record_header {
	__u32 type;
	__u32 cpu;
	__u32 way;
	__u32 seq;
};

/* A counter that held one call, or a call that never was in the table. */
struct swoll_record_call {
	struct swoll_record_header header;
	__u64 cgroup;
	__u64 call;
	__u64 ns;
	__u32 slot;
	__u32 pad;
};

/* A counter that lost its way, whole; or (SNAPSHOT) one that keeps it, as it was when its cgroup got another name. */
struct swoll_record_counter {
	struct swoll_record_header header;
	__u64 cgroup;
	__u64 call;
	__u64 calls;
	__u64 ns;
	__u32 slots[SWOLL_LATENCY_SLOTS];
};

/* A cgroup was made, or (v1) has another name from now on. */
struct swoll_record_cgroup {
	struct swoll_record_header header;
	__u64 cgroup;
	/* The cgroup it is in. */
	__u64 parent;
	/* Who did it. */
	__u32 uid;
	__u32 pad;
	/* NUL-terminated, without the path; empty when the kernel withholds it (lockdown). */
	char name[SWOLL_NAME_MAX];
};

struct swoll_record_cgroup_death {
	struct swoll_record_header header;
	__u64 cgroup;
};

#ifdef __cplusplus
#define _Static_assert static_assert
#endif
_Static_assert(sizeof(struct swoll_numbers) == 32, "numbers");
_Static_assert(sizeof(struct swoll_counter) == 192, "a counter is three cache lines");
_Static_assert(sizeof(struct swoll_set) == 832, "a set is thirteen cache lines");
_Static_assert(sizeof(struct swoll_inflight) == 40, "in-flight slot");
_Static_assert(sizeof(struct swoll_books) == 128, "books are two cache lines");
_Static_assert(sizeof(struct swoll_record_call) == 48, "call record");
_Static_assert(sizeof(struct swoll_record_counter) == 216, "counter record");
_Static_assert(sizeof(struct swoll_record_cgroup) == 296, "cgroup record");

#endif

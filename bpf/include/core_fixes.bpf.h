/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Every difference between kernels and architectures, each behind one function.
 */
#ifndef SWOLL_CORE_FIXES_BPF_H
#define SWOLL_CORE_FIXES_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel.bpf.h"
#include "../accounting.h"

#define TS_COMPAT 0x0002	    /* arch/x86/include/asm/thread_info.h: 32-bit syscall active */
#define TIF_32BIT (1UL << 22)	    /* arch/arm64/include/asm/thread_info.h: AArch32 task */
#define ENOSYS 38
#define X32_SYSCALL_BIT 0x40000000U /* arch/x86/include/uapi/asm/unistd.h */

/* The syscall number a thread entered with; -1 when it did not enter by a syscall, or sigreturn has wiped it (x86). */
static __always_inline __u32 syscall_number(const struct pt_regs *regs)
{
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		return ((const struct pt_regs___x86 *)regs)->orig_ax;
	return ((const struct pt_regs___arm64 *)regs)->syscallno;
}

/* Whether the call that a thread's registers tell of has not ended. They stay as they are until the thread enters the kernel again; but where
 * the result will be there still is what entry has put there: x86 an error, arm64 (nothing) the first argument. An interrupt or a fault of
 * user mode wipes the number. A child that has not run yet has the number of its parent's call, and 0 as the result.
 */
static __always_inline bool is_in_call(const struct pt_regs *regs)
{
	if (syscall_number(regs) == SWOLL_NO_NUMBER)
		return false;
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		return (long)((const struct pt_regs___x86 *)regs)->ax == -ENOSYS;
	return ((const struct pt_regs___arm64 *)regs)->regs[0] == ((const struct pt_regs___arm64 *)regs)->orig_x0;
}

/* Which table the number belongs to. Ask at entry: execve may change the answer before it returns. */
static __always_inline __u32 syscall_abi(const struct task_struct *task, __u32 nr)
{
	if (bpf_core_field_exists(struct thread_info___x86, status)) {
		if (((const struct task_struct___x86 *)task)->thread_info.status & TS_COMPAT)
			return SWOLL_ABI_COMPAT;
		return (__s32)nr > 0 && nr & X32_SYSCALL_BIT ? SWOLL_ABI_X32 : SWOLL_ABI_NATIVE;
	}
	return ((const struct task_struct___arm64 *)task)->thread_info.flags & TIF_32BIT ? SWOLL_ABI_COMPAT : SWOLL_ABI_NATIVE;
}

/* The six words a call was given: registers at entry, which on both architectures the kernel keeps until the exit, except
 * that execve and sigreturn replace them all.
 */
static __always_inline void syscall_arguments(const struct pt_regs *regs, __u32 abi, __u64 *arguments)
{
	if (!bpf_core_field_exists(struct pt_regs___x86, orig_ax)) {
		const struct pt_regs___arm64 *arm = (const void *)regs;

		arguments[0] = arm->orig_x0;
		arguments[1] = arm->regs[1];
		arguments[2] = arm->regs[2];
		arguments[3] = arm->regs[3];
		arguments[4] = arm->regs[4];
		arguments[5] = arm->regs[5];
		return;
	}
	const struct pt_regs___x86 *x86 = (const void *)regs;

	if (abi != SWOLL_ABI_COMPAT) {
		arguments[0] = x86->di;
		arguments[1] = x86->si;
		arguments[2] = x86->dx;
		arguments[3] = x86->r10;
		arguments[4] = x86->r8;
		arguments[5] = x86->r9;
		return;
	}
	arguments[0] = (__u32)x86->bx;
	arguments[1] = (__u32)x86->cx;
	arguments[2] = (__u32)x86->dx;
	arguments[3] = (__u32)x86->si;
	arguments[4] = (__u32)x86->di;
	arguments[5] = (__u32)x86->bp;
}

/* A kernel can be built without System V IPC and message queues. */
#define HAS_IPC_NAMESPACES bpf_core_field_exists(struct ipc_namespace, ns)

/* The task's cgroup in the v1 hierarchy of a controller, by the controller's index in css_set::subsys. */
static __always_inline const struct cgroup *v1_cgroup(const struct task_struct *task, __s32 subsys)
{
	/* A plain typed load at a computed, load-time constant offset: CO-RE has no relocation for a variable index. */
	const void *at = (const void *)task->cgroups + bpf_core_field_offset(struct css_set, subsys) + subsys * sizeof(void *);
	const struct cgroup_subsys_state *css = *(const struct cgroup_subsys_state **)at;

	return css->cgroup;
}

/* Id of the task's cgroup: in the v2 hierarchy, or (subsys >= 0) in the v1 hierarchy of that controller. */
static __always_inline __u64 task_cgroup_id(const struct task_struct *task, __s32 subsys)
{
	return subsys < 0 ? task->cgroups->dfl_cgrp->kn->id : v1_cgroup(task, subsys)->kn->id;
}

/* In kernel/bpf/verifier.c: the name tells that the kernel has bpf_rdonly_cast, since Linux 6.2, commit a35b9af4ec2c ("bpf: Add a
 * kfunc for generic type cast").
 */
enum special_kfunc_type {
	KF_bpf_rdonly_cast = 1,
};

#define CAN_CAST bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)

extern void *bpf_rdonly_cast(const void *pointer, __u32 btf_id) __ksym __weak;

/* An address as a pointer that FIELD can follow; to be done anew in each function. Costs nothing. */
#define TYPED(type, pointer) ((type *)(CAN_CAST ? bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(type)) : (void *)(pointer)))

/* A task to read from, where the loads need not be the fastest. For each pointer that is read through a trusted one the verifier of
 * Linux 6.4 and later searches the names of all types (btf_nested_type_is_trusted): milliseconds each when the program is loaded.
 */
#define READABLE(task) TYPED(const struct task_struct, task)

/* `pointer->field` of a TYPED pointer, or of one that FIELD gave: a plain load, a tenth of the time that a helper takes; on older
 * kernels that. Whatever the pointer is, it is safe.
 */
#define FIELD(pointer, field) (CAN_CAST ? (pointer)->field : BPF_CORE_READ(pointer, field))

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The few kernel types the programs read, with only the fields they read. libbpf relocates every access against the
 * running kernel's BTF (CO-RE), so that one object serves all kernels and both architectures; `___x86` and `___arm64`
 * are flavours of one kernel type, told apart at load time by the fields that exist. Field offsets here mean nothing.
 */
#ifndef SWOLL_KERNEL_BPF_H
#define SWOLL_KERNEL_BPF_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

struct thread_info___x86 {
	unsigned long flags;
	__u32 status;
};

struct thread_info___arm64 {
	unsigned long flags;
};

struct seccomp {
	int mode;
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct sigpending {
	sigset_t signal;
};

struct task_struct {
	unsigned int flags;
	int on_cpu;
	int pid;
	struct sigpending pending;
	struct seccomp seccomp;
	struct css_set *cgroups;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

struct task_struct___arm64 {
	struct thread_info___arm64 thread_info;
};

struct pt_regs___x86 {
	unsigned long bp;
	unsigned long bx;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};

struct pt_regs___arm64 {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};

struct bpf_iter__task {
	struct task_struct *task;
};

#pragma clang attribute pop

struct pt_regs;
struct linux_binprm;

#define PF_KTHREAD 0x00200000
#define SIGKILL_BIT (1UL << (9 - 1))
/* include/linux/seccomp.h: the filter or strict mode has condemned the task (since Linux 5.17, backported). */
#define SECCOMP_MODE_DEAD 3

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * All threads of the host. An iterator over tasks shows those of its reader's pid namespace, which in a pod without `hostPID` is nobody's
 * but its own; by their numbers all are found, from any namespace.
 */
#ifndef SWOLL_ALL_THREADS_BPF_H
#define SWOLL_ALL_THREADS_BPF_H

#include <bpf/bpf_helpers.h>
#include "include/kernel.bpf.h"
#include "include/core_fixes.bpf.h"

/* Input: the highest number that a thread may have. */
volatile __u32 last_tid = 0;

extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

/* Since Linux 6.2, commit 3f0e6f2b41d3 ("bpf: Add bpf_task_from_pid() kfunc"), as what CAN_CAST is about. */
#define CAN_FIND_THREADS CAN_CAST

#endif

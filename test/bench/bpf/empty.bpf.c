// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// Programs that do nothing, on the hooks that the accounting uses: the least that seeing a system call can cost. And
// programs that only read the clock: the least that timing one can cost.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/sys_enter")
int empty_enter(void *ctx)
{
	return 0;
}

SEC("tp_btf/sys_exit")
int empty_exit(void *ctx)
{
	return 0;
}

SEC("tp_btf/sys_enter")
int clock_enter(void *ctx)
{
	bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_exit")
int clock_exit(void *ctx)
{
	bpf_ktime_get_ns();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * ptrace sysemu|skip|rewrite|kill CALLS: a tracer meddles with the getpgid calls of its child, at entry.
 *   sysemu   PTRACE_SYSEMU: the call is not made; the ENOSYS it begins with is left for the tracer to replace
 *   skip     the tracer sets the number to -1: what the kernel then enters, and refuses, is number -1
 *   rewrite  the tracer turns the call into getppid: that is what is made
 *   kill     the child is killed at the entry stop: the call is not made
 */
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include "workload.h"

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif
#define NUMBER offsetof(struct user_regs_struct, orig_rax)

static void await_stop(pid_t pid)
{
	siginfo_t info;

	must(waitid(P_PID, pid, &info, WSTOPPED) == 0);
	must(info.si_code == CLD_TRAPPED);
}

/* A child that is stopped, traced, just before its `calls` calls. */
static pid_t make_child(unsigned long calls)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		must(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
		/* A breakpoint, and no call of which the tracer would see the rest. */
		__asm__ volatile("int3");
		for (unsigned long i = 0; i < calls; i++)
			syscall(SYS_getpgid, 0);
		syscall(SYS_exit_group, 0);
	}
	await_stop(pid);
	return pid;
}

/* Lets the child run to its next stop: a call's entry or exit. */
static void advance(pid_t pid, int request)
{
	must(ptrace(request, pid, 0, 0) == 0);
	await_stop(pid);
}

static void with_sysemu(unsigned long count)
{
	pid_t pid = make_child(count);

	for (unsigned long i = 0; i < count; i++)
		advance(pid, PTRACE_SYSEMU);
	must(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
	reap(pid);
	expect("getpgid", "ENOSYS", "denied", count);
	expect("exit_group", NO_ERROR, "no_return", 2);
}

static void with_new_number(unsigned long count, long number)
{
	pid_t pid = make_child(count);

	for (unsigned long i = 0; i < count; i++) {
		advance(pid, PTRACE_SYSCALL);
		must(ptrace(PTRACE_POKEUSER, pid, NUMBER, number) == 0);
		advance(pid, PTRACE_SYSCALL);
	}
	must(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
	reap(pid);
	expect("getpgid", NO_ERROR, RETURNED, 0);
	if (number == SYS_getppid)
		expect("getppid", NO_ERROR, RETURNED, count);
	else
		expect("syscall_0xffffffffffffffff", "ENOSYS", RETURNED, count);
	expect("exit_group", NO_ERROR, "no_return", 2);
}

static void with_kill(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = make_child(1);

		advance(pid, PTRACE_SYSCALL);
		kill(pid, SIGKILL);
		reap(pid);
	}
	expect("getpgid", "ENOSYS", "denied", count);
	expect("exit_group", NO_ERROR, "no_return", 1);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 2);

	if (strcmp(argv[1], "sysemu") == 0)
		with_sysemu(count);
	else if (strcmp(argv[1], "skip") == 0)
		with_new_number(count, -1);
	else if (strcmp(argv[1], "rewrite") == 0)
		with_new_number(count, SYS_getppid);
	else
		with_kill(count);
	report();
	return 0;
}

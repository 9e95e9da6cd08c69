/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * fork-storm PROCESSES: makes that many processes by fork, clone and clone3 in turn, up to 64 alive at once. A child's
 * own return from the call that made it is not a call.
 */
#include <linux/sched.h>
#include "workload.h"

#define ALIVE 64

static pid_t make_process(unsigned long way)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (way == 0)
		return syscall(SYS_fork);
	if (way == 1)
		return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	return syscall(SYS_clone3, &args, sizeof(args));
}

static void live(void)
{
	for (int i = 0; i < 3; i++)
		syscall(SYS_getppid);
	syscall(SYS_exit_group, 0);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1), made[3] = { 0 };

	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = make_process(i % 3);

		must(pid >= 0);
		if (pid == 0)
			live();
		made[i % 3]++;
		if (i >= ALIVE)
			must(syscall(SYS_wait4, -1, NULL, 0, NULL) > 0);
	}
	while (syscall(SYS_wait4, -1, NULL, 0, NULL) > 0)
		;
	expect("fork", NO_ERROR, RETURNED, made[0]);
	expect("clone", NO_ERROR, RETURNED, made[1]);
	expect("clone3", NO_ERROR, RETURNED, made[2]);
	expect("getppid", NO_ERROR, RETURNED, 3 * count);
	expect("wait4", NO_ERROR, RETURNED, count);
	expect("wait4", "ECHILD", RETURNED, 1);
	expect("exit_group", NO_ERROR, "no_return", count + 1);
	report();
	return 0;
}

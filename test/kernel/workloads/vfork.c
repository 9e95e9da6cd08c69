/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * vfork PROCESSES: children that exit, or that fail an exec first, while the parent waits inside vfork; and some parents
 * that are killed there. vfork has made its child by then and returns its pid, so it is a call that returned.
 */
#include "workload.h"

#define KILLED_PARENTS 7

static void live(void)
{
	syscall(SYS_getppid);
	syscall(SYS_execve, "/nonexistent", NULL, NULL);
	syscall(SYS_exit_group, 0);
}

static void kill_parent_in_vfork(_Atomic pid_t *child)
{
	pid_t parent = fork();

	must(parent >= 0);
	if (parent == 0) {
		if (vfork() == 0) {
			*child = getpid();
			syscall(SYS_pause);
		}
		must(!"the parent outlived vfork");
	}
	while (!*child)
		nap();
	await_sleep_in(*child, SYS_pause);
	kill(parent, SIGKILL);
	reap(parent);
	kill(*child, SIGKILL);
	while (task_state(*child) && task_state(*child) != 'Z')
		nap();
	*child = 0;
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	_Atomic pid_t *child = shared(sizeof(*child));

	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = vfork();

		must(pid >= 0);
		if (pid == 0)
			live();
		reap(pid);
	}
	for (int i = 0; i < KILLED_PARENTS; i++)
		kill_parent_in_vfork(child);
	expect("vfork", NO_ERROR, RETURNED, count + KILLED_PARENTS);
	expect("pause", NO_ERROR, "killed", KILLED_PARENTS);
	expect("getppid", NO_ERROR, RETURNED, count);
	expect("execve", "ENOENT", RETURNED, count);
	expect("execve", NO_ERROR, RETURNED, 1);
	expect("exit_group", NO_ERROR, "no_return", count + 1);
	report();
	return 0;
}

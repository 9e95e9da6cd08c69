/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * enter-cgroup DIRECTORY PROGRAM [ARGUMENT...]: runs the program in a cgroup it is born into, so that the only call
 * counted there before the program's own is one execve. Exits like the program, or with 128 + its signal.
 */
#include <linux/sched.h>
#include "workload.h"

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	extern char **environ;
	int status;
	pid_t pid;

	must(argc > 2);
	args.cgroup = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	must((int)args.cgroup >= 0);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0);
	if (pid == 0) {
		syscall(SYS_execve, argv[2], argv + 2, environ);
		must(!"execve");
	}
	must(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

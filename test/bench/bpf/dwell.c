/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * dwell KINDS: for each line of standard input, the folder of a cgroup, starts a process in it that once a second makes
 * KINDS different calls, and sleeps. Prints "all" after an empty line. All end when standard input does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FIRST 1000 /* no such system call: costs nothing, and is counted like any other */

static void stay(long kinds)
{
	const struct timespec second = { .tv_sec = 1 };

	for (;;) {
		for (long i = 0; i < kinds; i++)
			syscall(FIRST + i);
		nanosleep(&second, NULL);
	}
}

static int start_in(const char *folder, long kinds)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t parent = getpid();
	long pid;

	if (fd < 0)
		return -1;
	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			stay(kinds);
		_exit(1);
	}
	close(fd);
	return pid < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	long kinds = argc == 2 ? atol(argv[1]) : 0;
	char line[4096];

	if (kinds <= 0)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0') {
			puts("all");
			fflush(stdout);
		} else if (start_in(line, kinds)) {
			perror(line);
			return 1;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * cgroup-churn PARENT CGROUPS CALLS: makes that many cgroups below PARENT, two alive at once, each with one process that
 * makes CALLS calls within 20 ms, and removes each when it is empty. Prints the ids: an id is the directory's inode.
 */
#include <linux/sched.h>
#include <sys/stat.h>
#include "workload.h"

#define ALIVE 2
#define LIFETIME_NS 20000000

static char path[4096];

static void live(unsigned long calls)
{
	struct timespec rest = { .tv_nsec = LIFETIME_NS };

	for (unsigned long i = 0; i < calls; i++)
		syscall(SYS_getppid);
	syscall(SYS_nanosleep, &rest, NULL);
	syscall(SYS_exit_group, 0);
}

/* The path of cgroup `index` below `parent`. */
static const char *name(const char *parent, unsigned long index)
{
	snprintf(path, sizeof(path), "%s/churn-%lu", parent, index);
	return path;
}

static unsigned long begin(const char *parent, unsigned long index, unsigned long calls, pid_t *pid)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct stat info;

	must(mkdir(name(parent, index), 0755) == 0);
	args.cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must((int)args.cgroup >= 0 && fstat(args.cgroup, &info) == 0);
	*pid = syscall(SYS_clone3, &args, sizeof(args));
	must(*pid >= 0);
	if (*pid == 0)
		live(calls);
	close(args.cgroup);
	return info.st_ino;
}

static void finish(const char *parent, unsigned long index, pid_t pid)
{
	reap(pid);
	must(rmdir(name(parent, index)) == 0);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 2), calls = argument(argc, argv, 3);
	pid_t pids[ALIVE];

	printf("{\"pid\":%d,\"calls\":%lu,\"cgroups\":[", getpid(), calls);
	for (unsigned long i = 0; i < count + ALIVE; i++) {
		if (i >= ALIVE)
			finish(argv[1], i - ALIVE, pids[i % ALIVE]);
		if (i < count)
			printf(i ? ",%lu" : "%lu", begin(argv[1], i, calls, &pids[i % ALIVE]));
		/* Nothing buffered: a forked child must not print it again. */
		fflush(stdout);
	}
	printf("]}\n");
	return 0;
}

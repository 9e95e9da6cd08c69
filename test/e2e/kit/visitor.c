/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * visitor CALLS LIFE_MS: prints its cgroups, makes CALLS calls that succeed and as many that fail, and is gone LIFE_MS
 * after it began. Neither call is one that runc or the C library makes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec end;
	char cgroups[8192];

	if (argc != 3)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += atol(argv[2]) * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;

	int fd = open("/proc/self/cgroup", O_RDONLY);
	ssize_t length = read(fd, cgroups, sizeof(cgroups));

	if (length <= 0 || write(1, cgroups, length) != length)
		return 1;
	for (long i = atol(argv[1]); i > 0; i--) {
		if (syscall(SYS_sched_get_priority_max, SCHED_FIFO) < 0)
			return 1;
		if (syscall(SYS_sched_get_priority_max, -1) >= 0)
			return 1;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL))
		;
	return 0;
}

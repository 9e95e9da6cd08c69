/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * caller CALLS[@US] [LIFE_MS [STATUS]]: prints its cgroups, makes CALLS calls of sched_get_priority_max, which neither runc (it
 * does call getppid) nor the C library makes, at once or US microseconds apart, and ends LIFE_MS after it began with STATUS.
 * LIFE_MS `forever`: stays until SIGTERM, and then ends with STATUS too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_told_to_end;

static void end(int number)
{
	(void)number;
	is_told_to_end = 1;
}

static void print_cgroups(void)
{
	char text[8192];
	int fd = open("/proc/self/cgroup", O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text));

	if (length <= 0 || write(1, text, length) != length)
		_exit(111);
	close(fd);
}

static void sleep_until(struct timespec *at, long ms)
{
	at->tv_sec += ms / 1000;
	at->tv_nsec += ms % 1000 * 1000000;
	if (at->tv_nsec >= 1000000000) {
		at->tv_sec++;
		at->tv_nsec -= 1000000000;
	}
	while (!is_told_to_end && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL))
		;
}

static void make_calls(const char *how)
{
	const char *at = strchr(how, '@');
	struct timespec pause = {0, at ? atol(at + 1) * 1000 : 0};

	for (long i = atol(how); i > 0; i--) {
		syscall(SYS_sched_get_priority_max, SCHED_FIFO);
		if (at)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

int main(int argc, char **argv)
{
	struct timespec begin;

	if (argc < 2 || argc > 4)
		return 112;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	signal(SIGTERM, end);
	print_cgroups();
	make_calls(argv[1]);
	if (argc > 2 && strcmp(argv[2], "forever") == 0) {
		while (!is_told_to_end)
			sleep_until(&begin, 3600 * 1000L);
	} else if (argc > 2) {
		sleep_until(&begin, atol(argv[2]));
	}
	return argc > 3 ? atoi(argv[3]) : 0;
}

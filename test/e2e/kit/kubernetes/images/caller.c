/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * caller CALLS[@US][#] [LIFE_MS [STATUS]]: prints its cgroups, makes CALLS calls of sched_get_priority_max, which neither runc (it
 * does call getppid) nor the C library makes, at once or US microseconds apart, and ends LIFE_MS after it began with STATUS.
 * LIFE_MS `forever`: stays until SIGTERM, and then ends with STATUS too; makes as many calls again with each SIGUSR1.
 * With `#` the argument of the calls is their number, from 1 on: most of them fail with EINVAL.
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
static volatile sig_atomic_t is_told_to_repeat;
static long calls_made;

static void end(int number)
{
	(void)number;
	is_told_to_end = 1;
}

static void repeat(int number)
{
	(void)number;
	is_told_to_repeat = 1;
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
	int is_numbered = strchr(how, '#') != NULL;

	for (long i = atol(how); i > 0; i--) {
		calls_made++;
		syscall(SYS_sched_get_priority_max, is_numbered ? calls_made : SCHED_FIFO);
		if (at)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

static void make_calls_when_told(const char *how)
{
	sigset_t told, before;

	sigemptyset(&told);
	sigaddset(&told, SIGTERM);
	sigaddset(&told, SIGUSR1);
	sigprocmask(SIG_BLOCK, &told, &before); /* from here on they come while it waits, and at no other time */
	while (!is_told_to_end) {
		if (!is_told_to_repeat) {
			sigsuspend(&before);
			continue;
		}
		is_told_to_repeat = 0;
		make_calls(how);
	}
}

int main(int argc, char **argv)
{
	struct timespec begin;

	if (argc < 2 || argc > 4)
		return 112;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	signal(SIGTERM, end);
	signal(SIGUSR1, repeat);
	print_cgroups();
	make_calls(argv[1]);
	if (argc > 2 && strcmp(argv[2], "forever") == 0) {
		make_calls_when_told(argv[1]);
	} else if (argc > 2) {
		sleep_until(&begin, atol(argv[2]));
	}
	return argc > 3 ? atoi(argv[3]) : 0;
}

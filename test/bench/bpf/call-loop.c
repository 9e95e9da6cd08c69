/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * call-loop CPU CALLS: on that CPU, for each line of standard input, makes CALLS getppid calls and prints what one took:
 * nanoseconds of CPU time, so that being preempted does not count; instructions, or "nan" where the machine does not
 * count them; and nanoseconds of the wall clock. A tenth as many calls come first, unmeasured.
 *
 * Calls are raw `syscall` instructions. With CALL_LIBC in the environment they are calls of the C library's function, as programs make
 * them: behind it comes a return, which the processor may predict wrongly once programs have run in between.
 *
 * With CALL_FILE in the environment, reads of no bytes from that file instead of getppid.
 *
 * call-loop CPU CALLS RATE: makes them at RATE a second, a millisecond's worth at a time and none first; prints nanoseconds only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* getppid takes no arguments, and minds none. */
static long number = SYS_getppid;
static long descriptor = 0;
static bool is_through_libc;

static void call_libc(long times)
{
	if (number == SYS_getppid)
		for (long i = 0; i < times; i++)
			getppid();
	else
		for (long i = 0; i < times; i++)
			if (read(descriptor, NULL, 0))
				abort();
}

static void call(long times)
{
	if (is_through_libc)
		return call_libc(times);
	for (long i = 0; i < times; i++) {
		long result;

		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(number), "D"(descriptor), "S"(0L), "d"(0L)
				 : "rcx", "r11", "memory");
	}
}

static int read_instead(const char *file)
{
	number = SYS_read;
	descriptor = open(file, O_RDONLY);
	return descriptor < 0;
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Behind its time, it goes on as fast as it can. */
static double paced_call_ns(long times, long rate)
{
	long share = rate / 1000;
	double spent_ns = 0;
	struct timespec due;

	clock_gettime(CLOCK_MONOTONIC, &due);
	for (; times > 0; times -= share) {
		double start_ns = cpu_ns();

		call(times < share ? times : share);
		spent_ns += cpu_ns() - start_ns;
		due.tv_nsec += 1000000;
		if (due.tv_nsec >= 1000000000) {
			due.tv_nsec -= 1000000000;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
	return spent_ns;
}

static double wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int open_instruction_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double instructions(int counter)
{
	unsigned long count;

	return read(counter, &count, sizeof(count)) == sizeof(count) ? (double)count : 0.0 / 0.0;
}

int main(int argc, char **argv)
{
	long calls = argc >= 3 ? atol(argv[2]) : 0;
	long rate = argc == 4 ? atol(argv[3]) : 0;
	int counter = open_instruction_counter();
	cpu_set_t mask;
	char line[16];

	if (calls <= 0 || (argc == 4 && rate < 1000))
		return 1;
	if (getenv("CALL_FILE") && read_instead(getenv("CALL_FILE")))
		return 1;
	is_through_libc = getenv("CALL_LIBC") != NULL;
	CPU_ZERO(&mask);
	CPU_SET(atoi(argv[1]), &mask);
	if (sched_setaffinity(0, sizeof(mask), &mask))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		double start_ns, start_wall_ns, start_instructions;

		if (rate > 0) {
			printf("%.3f\n", paced_call_ns(calls, rate) / calls);
			fflush(stdout);
			continue;
		}
		call(calls / 10);
		start_instructions = instructions(counter);
		start_wall_ns = wall_ns();
		start_ns = cpu_ns();
		call(calls);
		printf("%.3f", (cpu_ns() - start_ns) / calls);
		printf(" %.1f", (instructions(counter) - start_instructions) / calls);
		printf(" %.3f\n", (wall_ns() - start_wall_ns) / calls);
		fflush(stdout);
	}
	return 0;
}

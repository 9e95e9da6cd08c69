/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * churn SECONDS NUMBERS: one thread per CPU that never rests. Between every REPEATS getppid calls it asks for the next of
 * NUMBERS system calls that do not exist, so that counters are thrown out all the time; until standard input closes or
 * SECONDS have passed. Prints how many calls each thread made, and in how long.
 */
#include <sched.h>
#include "workload.h"

#define FIRST 1000
#define REPEATS 9
#define MAX_CPUS 64

static atomic_int ended;
static unsigned long numbers;
static unsigned long rounds[MAX_CPUS];

static void *churn(void *cpu)
{
	unsigned long made = 0;
	cpu_set_t mask;

	CPU_ZERO(&mask);
	CPU_SET((long)cpu, &mask);
	must(sched_setaffinity(0, sizeof(mask), &mask) == 0);
	for (; !ended; made++) {
		for (int i = 0; i < REPEATS; i++)
			syscall(SYS_getppid);
		syscall(FIRST + made % numbers);
	}
	rounds[(long)cpu] = made;
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_CPUS];
	double start = now();

	numbers = argument(argc, argv, 2);
	cpus = cpus < MAX_CPUS ? cpus : MAX_CPUS;
	for (long i = 0; i < cpus; i++)
		must(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
	printf("{\"ready\":true}\n");
	fflush(stdout);
	poll(&input, 1, argument(argc, argv, 1) * 1000);
	ended = 1;
	for (long i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	printf("{\"pid\":%d,\"seconds\":%f,\"first\":%d,\"numbers\":%lu,\"repeats\":%d,\"rounds\":[", getpid(),
	       now() - start, FIRST, numbers, REPEATS);
	for (long i = 0; i < cpus; i++)
		printf(i ? ",%lu" : "%lu", rounds[i]);
	printf("]}\n");
	return 0;
}

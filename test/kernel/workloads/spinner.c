/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * spinner SECONDS: the background load. One thread per CPU that makes calls in bursts, half of the time, until standard
 * input closes or SECONDS have passed.
 */
#include <sched.h>
#include "workload.h"

#define BURST 2000
#define MAX_CPUS 64

static atomic_int ended;
static unsigned long made[MAX_CPUS];

static void *spin(void *cpu)
{
	struct timespec rest = { .tv_nsec = 400000 };
	cpu_set_t mask;

	CPU_ZERO(&mask);
	CPU_SET((long)cpu, &mask);
	must(sched_setaffinity(0, sizeof(mask), &mask) == 0);
	while (!ended) {
		for (int i = 0; i < BURST; i++)
			syscall(SYS_getppid);
		made[(long)cpu] += BURST;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_CPUS];
	unsigned long calls = 0;

	cpus = cpus < MAX_CPUS ? cpus : MAX_CPUS;
	for (long i = 0; i < cpus; i++)
		must(pthread_create(&threads[i], NULL, spin, (void *)i) == 0);
	printf("{\"ready\":true}\n");
	fflush(stdout);
	poll(&input, 1, argument(argc, argv, 1) * 1000);
	ended = 1;
	for (long i = 0; i < cpus; i++) {
		pthread_join(threads[i], NULL);
		calls += made[i];
	}
	expect("getppid", NO_ERROR, RETURNED, calls);
	report();
	return 0;
}

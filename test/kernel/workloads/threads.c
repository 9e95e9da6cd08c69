/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * threads THREADS CALLS: each thread makes CALLS successful and some failing calls, all threads at once.
 */
#include "workload.h"

#define FAILING 1009

static unsigned long calls;
static pthread_barrier_t start;

static void *work(void *unused)
{
	pthread_barrier_wait(&start);
	for (unsigned long i = 0; i < calls; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < FAILING; i++)
		must(syscall(SYS_getpgid, -1) == -1 && errno == ESRCH);
	return unused;
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	pthread_t threads[count];

	calls = argument(argc, argv, 2);
	pthread_barrier_init(&start, NULL, count);
	/* The first one is the main thread: one thread means a process without any other. */
	for (unsigned long i = 1; i < count; i++)
		must(pthread_create(&threads[i], NULL, work, NULL) == 0);
	work(NULL);
	for (unsigned long i = 1; i < count; i++)
		pthread_join(threads[i], NULL);
	expect("getppid", NO_ERROR, RETURNED, count * calls);
	expect("getpgid", "ESRCH", RETURNED, count * FAILING);
	expect("exit", NO_ERROR, "no_return", count - 1);
	expect("exit_group", NO_ERROR, "no_return", 1);
	expect("execve", NO_ERROR, RETURNED, 1);
	report();
	return 0;
}

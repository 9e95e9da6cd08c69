/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * blocked THREADS: threads asleep in read, and some in pause; says so, and waits for the runner. Then each read returns
 * and its thread makes one more call, and exit_group kills the pauses. For attaching while calls are in flight.
 */
#include "workload.h"

#define PAUSES 101
#define STACK 65536

static _Atomic pid_t *tids;
static int pipe_ends[2];

static void *sleep_in_read(void *index)
{
	char byte;

	tids[(long)index] = gettid();
	must(syscall(SYS_read, pipe_ends[0], &byte, 1) == 1);
	syscall(SYS_getppid);
	return NULL;
}

static void *sleep_in_pause(void *index)
{
	tids[(long)index] = gettid();
	syscall(SYS_pause);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	pthread_t threads[count + PAUSES];
	char *bytes = calloc(count, 1);
	pthread_attr_t small;

	tids = calloc(count + PAUSES, sizeof(*tids));
	must(pipe(pipe_ends) == 0);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	for (unsigned long i = 0; i < count + PAUSES; i++)
		must(pthread_create(&threads[i], &small, i < count ? sleep_in_read : sleep_in_pause,
				    (void *)i) == 0);
	for (unsigned long i = 0; i < count + PAUSES; i++) {
		while (!tids[i])
			nap();
		await_sleep_in(tids[i], i < count ? SYS_read : SYS_pause);
	}
	ready_and_wait();
	must(write(pipe_ends[1], bytes, count) == (ssize_t)count);
	for (unsigned long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	expect("read", NO_ERROR, RETURNED, count);
	expect("poll", NO_ERROR, RETURNED, 1);
	expect("pause", NO_ERROR, "killed", PAUSES);
	expect("getppid", NO_ERROR, RETURNED, count);
	expect("exit", NO_ERROR, "no_return", count);
	expect("exit_group", NO_ERROR, "no_return", 1);
	report();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * migrate MOVES: a thread that moves itself to the other CPU and back, so that each call that moves it begins on one CPU
 * and ends on the other, with calls on both in between; and one that another moves while it sleeps in a call.
 */
#include <sched.h>
#include "workload.h"

#define CALLS 7

static unsigned long moves;
static pthread_barrier_t no_more_moves;

static int move_to(pid_t tid, int cpu)
{
	unsigned long mask = 1UL << cpu;

	return syscall(SYS_sched_setaffinity, tid, sizeof(mask), &mask);
}

static void *sleep_and_be_moved(void *tid)
{
	*(_Atomic pid_t *)tid = gettid();
	for (unsigned long i = 0; i < moves; i++)
		syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = 50000 }, NULL);
	*(_Atomic pid_t *)tid = -1;
	pthread_barrier_wait(&no_more_moves);
	return NULL;
}

int main(int argc, char **argv)
{
	_Atomic pid_t sleeper = 0;
	unsigned long moved = 0;
	pthread_t thread;

	moves = argument(argc, argv, 1);
	for (unsigned long i = 0; i < moves; i++) {
		must(move_to(0, i % 2) == 0);
		must(sched_getcpu() == (int)(i % 2));
		for (int j = 0; j < CALLS; j++)
			syscall(SYS_getppid);
	}
	pthread_barrier_init(&no_more_moves, NULL, 2);
	/* The sleeper inherits the mask of one CPU. */
	must(pthread_create(&thread, NULL, sleep_and_be_moved, &sleeper) == 0);
	while (!sleeper)
		nap();
	for (pid_t tid; (tid = sleeper) > 0; moved++)
		must(move_to(tid, moved % 2) == 0);
	pthread_barrier_wait(&no_more_moves);
	pthread_join(thread, NULL);
	expect("sched_setaffinity", NO_ERROR, RETURNED, moves + moved);
	expect("getppid", NO_ERROR, RETURNED, CALLS * moves);
	expect("nanosleep", NO_ERROR, RETURNED, moves);
	report();
	return 0;
}

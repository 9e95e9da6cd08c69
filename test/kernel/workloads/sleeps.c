/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * sleeps CALLS [SPINNERS]: a thread for each of several calls that sleep, all at once, beside SPINNERS threads that make
 * short calls all the time. Each thread times its own calls, so that the kernel's figure must lie between what was asked
 * for (a sleep never ends early) and what the thread saw. Buckets are by power of two of a second: b holds (2^b, 2^(b+1)].
 */
#include <math.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include "workload.h"

#define LOWEST (-30)
#define BUCKETS 32

struct sleep {
	const char *syscall, *error;
	void (*call)(void);
	long asked_ns;
	unsigned long calls, measured_ns, buckets[BUCKETS];
};

static unsigned long count;
static atomic_int running;
static int poller;

static void in_nanosleep(void)
{
	syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = 1500000 }, NULL);
}

static void in_poll(void)
{
	syscall(SYS_poll, NULL, 0, 3);
}

static void in_pselect(void)
{
	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &(struct timespec){ .tv_nsec = 6000000 }, NULL);
}

static void in_epoll_wait(void)
{
	struct epoll_event event;

	syscall(SYS_epoll_wait, poller, &event, 1, 11);
}

static void in_sigtimedwait(void)
{
	unsigned long usr2 = 1UL << (SIGUSR2 - 1);

	syscall(SYS_rt_sigtimedwait, &usr2, NULL, &(struct timespec){ .tv_nsec = 22000000 }, 8);
}

static struct sleep sleeps[] = {
	{ .syscall = "nanosleep", .call = in_nanosleep, .asked_ns = 1500000 },
	{ .syscall = "poll", .call = in_poll, .asked_ns = 3000000 },
	{ .syscall = "pselect6", .call = in_pselect, .asked_ns = 6000000 },
	{ .syscall = "epoll_wait", .call = in_epoll_wait, .asked_ns = 11000000 },
	{ .syscall = "rt_sigtimedwait", .error = "EAGAIN", .call = in_sigtimedwait, .asked_ns = 22000000 },
};
#define SLEEPS (sizeof(sleeps) / sizeof(sleeps[0]))

static unsigned long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000UL + now.tv_nsec;
}

static int bucket_of(unsigned long ns)
{
	int bucket = (int)ceil(log2(ns / 1e9)) - 1 - LOWEST;

	return bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* Shorter sleeps are made more often, so that all threads sleep side by side for about as long. */
static void *sleep_often(void *argument)
{
	struct sleep *sleep = argument;

	sleep->calls = count * (22000000 / sleep->asked_ns);
	for (unsigned long i = 0; i < sleep->calls; i++) {
		unsigned long start = now_ns(), took;

		sleep->call();
		took = now_ns() - start;
		sleep->measured_ns += took;
		sleep->buckets[bucket_of(took)]++;
	}
	return NULL;
}

static void *spin(void *made)
{
	while (running) {
		syscall(SYS_getppid);
		++*(unsigned long *)made;
	}
	return NULL;
}

static void print_sleep(const struct sleep *sleep)
{
	int printed = 0;

	printf("{");
	print_string("syscall", sleep->syscall);
	print_string("error", sleep->error);
	printf("\"calls\":%lu,\"askedNs\":%lu,\"measuredNs\":%lu,\"buckets\":{", sleep->calls,
	       sleep->calls * sleep->asked_ns, sleep->measured_ns);
	for (int i = 0; i < BUCKETS; i++)
		if (sleep->buckets[i])
			printf("%s\"%d\":%lu", printed++ ? "," : "", i + LOWEST, sleep->buckets[i]);
	printf("}}");
}

int main(int argc, char **argv)
{
	unsigned long spinners = argc > 2 ? argument(argc, argv, 2) : 0, made[8] = { 0 }, spins = 0;
	pthread_t threads[SLEEPS], spinning[8];
	sigset_t usr2;

	count = argument(argc, argv, 1);
	must(spinners <= 8);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &usr2, NULL);
	poller = epoll_create1(0);
	running = 1;
	for (unsigned long i = 0; i < spinners; i++)
		must(pthread_create(&spinning[i], NULL, spin, &made[i]) == 0);
	for (unsigned long i = 0; i < SLEEPS; i++)
		must(pthread_create(&threads[i], NULL, sleep_often, &sleeps[i]) == 0);
	for (unsigned long i = 0; i < SLEEPS; i++)
		pthread_join(threads[i], NULL);
	running = 0;
	for (unsigned long i = 0; i < spinners; i++) {
		pthread_join(spinning[i], NULL);
		spins += made[i];
	}
	printf("{\"pid\":%d,\"spins\":%lu,\"sleeps\":[", getpid(), spins);
	for (unsigned long i = 0; i < SLEEPS; i++) {
		printf(i ? "," : "");
		print_sleep(&sleeps[i]);
	}
	printf("]}\n");
	return 0;
}

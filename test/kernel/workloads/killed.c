/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * killed exit_group|sigkill PROCESSES: processes with a thread asleep in each of several system calls, ended by
 * exit_group of another thread or by SIGKILL from outside.
 * killed running PROCESSES: processes whose threads make calls all the time, ended by SIGKILL. How many they made lies
 * between the calls they finished and those they were about to make.
 */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include "workload.h"

#define SLEEPERS 5
#define RUNNERS 4

static const long sleeps[SLEEPERS] = { SYS_pause, SYS_read, SYS_nanosleep, SYS_msgrcv, SYS_accept };
static _Atomic pid_t *tids;
static int pipe_ends[2], queue, listener;

static void *sleep_until_killed(void *index)
{
	long nr = sleeps[(long)index];
	struct {
		long type;
		char text[8];
	} message;
	char byte;

	tids[(long)index] = gettid();
	if (nr == SYS_pause)
		syscall(nr);
	else if (nr == SYS_read)
		syscall(nr, pipe_ends[0], &byte, 1);
	else if (nr == SYS_nanosleep)
		syscall(nr, &(struct timespec){ .tv_sec = 3600 }, NULL);
	else if (nr == SYS_msgrcv)
		syscall(nr, queue, &message, sizeof(message.text), 0, 0);
	else
		syscall(nr, listener, NULL, NULL);
	must(!"outlived the kill");
	return NULL;
}

static void await_sleepers(void)
{
	for (int i = 0; i < SLEEPERS; i++) {
		while (!tids[i])
			nap();
		await_sleep_in(tids[i], sleeps[i]);
	}
}

static void one_process(int by_signal)
{
	pthread_t thread;
	pid_t pid;

	memset((void *)tids, 0, SLEEPERS * sizeof(*tids));
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		for (long i = 1; i < SLEEPERS; i++)
			must(pthread_create(&thread, NULL, sleep_until_killed, (void *)i) == 0);
		if (by_signal)
			sleep_until_killed((void *)0);
		must(pthread_create(&thread, NULL, sleep_until_killed, (void *)0) == 0);
		await_sleepers();
		syscall(SYS_exit_group, 0);
	}
	if (by_signal) {
		await_sleepers();
		kill(pid, SIGKILL);
	}
	reap(pid);
}

static struct tally {
	_Atomic unsigned long begun, ended;
	char pad[48];
} *tallies;

static void *call_until_killed(void *tally)
{
	struct tally *mine = tally;

	for (;;) {
		mine->begun++;
		syscall(SYS_getppid);
		mine->ended++;
	}
	return NULL;
}

static void one_running_process(void)
{
	unsigned long before = tallies[0].ended;
	pthread_t thread;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		for (int i = 1; i < RUNNERS; i++)
			must(pthread_create(&thread, NULL, call_until_killed, &tallies[i]) == 0);
		call_until_killed(&tallies[0]);
	}
	while (tallies[0].ended < before + 100)
		nap();
	kill(pid, SIGKILL);
	reap(pid);
}

static void all_running(unsigned long count)
{
	unsigned long begun = 0, ended = 0;

	tallies = shared(RUNNERS * sizeof(*tallies));
	for (unsigned long i = 0; i < count; i++)
		one_running_process();
	for (int i = 0; i < RUNNERS; i++) {
		begun += tallies[i].begun;
		ended += tallies[i].ended;
	}
	printf("{\"pid\":%d,\"atLeast\":%lu,\"atMost\":%lu}\n", getpid(), ended, begun);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 2);
	int by_signal = strcmp(argv[1], "sigkill") == 0;

	if (strcmp(argv[1], "running") == 0) {
		all_running(count);
		return 0;
	}
	tids = shared(SLEEPERS * sizeof(*tids));
	queue = msgget(IPC_PRIVATE, 0600);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(queue >= 0 && listener >= 0 && pipe(pipe_ends) == 0);
	/* Only the family: the kernel picks an abstract name. */
	must(bind(listener, &(struct sockaddr){ .sa_family = AF_UNIX }, sizeof(sa_family_t)) == 0);
	must(listen(listener, 1) == 0);
	for (unsigned long i = 0; i < count; i++)
		one_process(by_signal);
	msgctl(queue, IPC_RMID, NULL);
	expect("pause", NO_ERROR, "killed", count);
	expect("read", NO_ERROR, "killed", count);
	expect("nanosleep", NO_ERROR, "killed", count);
	expect("msgrcv", NO_ERROR, "killed", count);
	expect("accept", NO_ERROR, "killed", count);
	expect("exit_group", NO_ERROR, "no_return", by_signal ? 1 : count + 1);
	report();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * exec-storm PROCESSES: children that call execve and execveat in turn: as the only thread; failing; from a thread that
 * is not the leader, which takes the leader's tid while the others, asleep in pause, are killed.
 */
#include "workload.h"

static char *image[] = { "exec-storm", "image", NULL };
static char *no_environment[] = { NULL };
static _Atomic pid_t sleepers[2];

/* The program of a successful exec. */
static void live(void)
{
	syscall(SYS_getppid);
	syscall(SYS_getppid);
	syscall(SYS_exit_group, 0);
}

static void exec_self(unsigned long way)
{
	if (way % 2 == 0)
		syscall(SYS_execve, "/proc/self/exe", image, no_environment);
	else
		syscall(SYS_execveat, AT_FDCWD, "/proc/self/exe", image, no_environment, 0);
	must(!"exec");
}

static void exec_in_vain(void)
{
	syscall(SYS_execve, "/nonexistent", image, no_environment);
	syscall(SYS_execve, "/", image, no_environment);
	syscall(SYS_exit_group, 0);
}

static void *sleep_until_killed(void *slot)
{
	*(_Atomic pid_t *)slot = gettid();
	syscall(SYS_pause);
	return NULL;
}

static void *exec_when_all_sleep(void *way)
{
	for (int i = 0; i < 2; i++) {
		while (!sleepers[i])
			nap();
		await_sleep_in(sleepers[i], SYS_pause);
	}
	exec_self((unsigned long)way);
	return NULL;
}

static void exec_from_thread(unsigned long way)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, sleep_until_killed, &sleepers[0]) == 0);
	must(pthread_create(&thread, NULL, exec_when_all_sleep, (void *)way) == 0);
	sleep_until_killed(&sleepers[1]);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1), ways[4] = { 0 };
	unsigned long threaded = 0, failed = 0;

	if (strcmp(argv[1], "image") == 0)
		live();
	for (unsigned long i = 0; i < count; i++) {
		unsigned long kind = i % 3, way = i / 3 % 2;
		pid_t pid = fork();

		must(pid >= 0);
		if (pid == 0 && kind == 0)
			exec_self(way);
		if (pid == 0 && kind == 1)
			exec_in_vain();
		if (pid == 0)
			exec_from_thread(way);
		reap(pid);
		ways[way] += kind != 1;
		failed += kind == 1;
		threaded += kind == 2;
	}
	expect("execve", NO_ERROR, RETURNED, ways[0] + 1);
	expect("execve", "ENOENT", RETURNED, failed);
	expect("execve", "EACCES", RETURNED, failed);
	expect("execveat", NO_ERROR, RETURNED, ways[1]);
	expect("pause", NO_ERROR, "killed", 2 * threaded);
	expect("getppid", NO_ERROR, RETURNED, 2 * (ways[0] + ways[1]));
	expect("exit_group", NO_ERROR, "no_return", count + 1);
	report();
	return 0;
}

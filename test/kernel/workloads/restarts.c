/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * restarts sa_restart|eintr|stopped SIGNALS: calls that are interrupted asleep, each time by one signal.
 *   sa_restart  read with SA_RESTART: the kernel makes the call again
 *   eintr       read, rt_sigsuspend and epoll_wait without it. The first two leave the kernel's call with a restart
 *               code that only the signal's delivery turns into EINTR, and rt_sigreturn then "returns" that EINTR
 *   stopped     nanosleep and pause under SIGSTOP and SIGCONT: the first goes on as restart_syscall, the other anew
 */
#include <sys/epoll.h>
#include "workload.h"

static _Atomic unsigned long *handled;
static int pipe_ends[2];

static void on_signal(int signal)
{
	(void)signal;
	(*handled)++;
}

static void handle_signal(int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

	must(sigaction(SIGUSR1, &action, NULL) == 0);
}

/* Sends one signal into the sleeping call, and comes back when the handler has run. */
static void interrupt(pid_t pid, long nr)
{
	unsigned long before = *handled;

	await_sleep_in(pid, nr);
	kill(pid, SIGUSR1);
	while (*handled == before)
		nap();
}

static void with_sa_restart(unsigned long count)
{
	pid_t pid = fork();
	char byte = 0;

	must(pid >= 0);
	if (pid == 0) {
		handle_signal(SA_RESTART);
		must(syscall(SYS_read, pipe_ends[0], &byte, 1) == 1);
		syscall(SYS_exit_group, 0);
	}
	for (unsigned long i = 0; i < count; i++)
		interrupt(pid, SYS_read);
	await_sleep_in(pid, SYS_read);
	must(write(pipe_ends[1], &byte, 1) == 1);
	reap(pid);
	expect("read", NO_ERROR, "restarted", count);
	expect("read", NO_ERROR, RETURNED, 1);
	expect("rt_sigreturn", NO_ERROR, RETURNED, count);
}

static void with_eintr(unsigned long count)
{
	static const long sleeps[] = { SYS_read, SYS_rt_sigsuspend, SYS_epoll_wait };
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		unsigned long no_signals = 0;
		struct epoll_event event;
		int poller = epoll_create1(0);

		handle_signal(0);
		for (unsigned long i = 0; i < count; i++) {
			must(syscall(SYS_read, pipe_ends[0], &event, 1) == -1 && errno == EINTR);
			must(syscall(SYS_rt_sigsuspend, &no_signals, 8) == -1 && errno == EINTR);
			must(syscall(SYS_epoll_wait, poller, &event, 1, -1) == -1 && errno == EINTR);
		}
		syscall(SYS_exit_group, 0);
	}
	for (unsigned long i = 0; i < 3 * count; i++)
		interrupt(pid, sleeps[i % 3]);
	reap(pid);
	expect("read", NO_ERROR, "restarted", count);
	expect("rt_sigsuspend", NO_ERROR, "restarted", count);
	expect("epoll_wait", "EINTR", RETURNED, count);
	expect("rt_sigreturn", NO_ERROR, RETURNED, 3 * count);
}

static void stop_and_go(pid_t pid)
{
	kill(pid, SIGSTOP);
	await_state(pid, 'T');
	kill(pid, SIGCONT);
}

static void with_stops(unsigned long count)
{
	pid_t sleeper = fork(), pauser;

	must(sleeper >= 0);
	if (sleeper == 0) {
		handle_signal(0);
		must(syscall(SYS_nanosleep, &(struct timespec){ .tv_sec = 3600 }, NULL) == -1);
		syscall(SYS_exit_group, 0);
	}
	pauser = fork();
	must(pauser >= 0);
	if (pauser == 0)
		syscall(SYS_pause);
	for (unsigned long i = 0; i < count; i++) {
		await_sleep_in(sleeper, i == 0 ? SYS_nanosleep : SYS_restart_syscall);
		stop_and_go(sleeper);
		await_sleep_in(pauser, SYS_pause);
		stop_and_go(pauser);
	}
	interrupt(sleeper, SYS_restart_syscall);
	await_sleep_in(pauser, SYS_pause);
	kill(pauser, SIGKILL);
	reap(sleeper);
	reap(pauser);
	expect("nanosleep", NO_ERROR, "restarted", 1);
	expect("restart_syscall", NO_ERROR, "restarted", count);
	expect("pause", NO_ERROR, "restarted", count);
	expect("pause", NO_ERROR, "killed", 1);
	expect("rt_sigreturn", NO_ERROR, RETURNED, 1);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 2);

	handled = shared(sizeof(*handled));
	must(pipe(pipe_ends) == 0);
	if (strcmp(argv[1], "sa_restart") == 0)
		with_sa_restart(count);
	else if (strcmp(argv[1], "eintr") == 0)
		with_eintr(count);
	else
		with_stops(count);
	report();
	return 0;
}

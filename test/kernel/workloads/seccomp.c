/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * seccomp ACTION CALLS: getpgid calls that are refused on entry, in the way that ACTION, one of `actions` below, names. A
 * refused call is `denied`, with the errno that the caller sees, if any. `interrupt` is a supervisor that signals the
 * caller instead of answering: the call is refused, made again, and refused again. `dispatch` is no seccomp, but its
 * neighbour: calls that syscall user dispatch turns into a signal before they are system calls at all.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include "workload.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#define DISPATCH_ALLOW 0
#define DISPATCH_BLOCK 1

static unsigned long count;
static volatile unsigned long signals;
static volatile char selector = DISPATCH_ALLOW;

/* Makes the calling thread's getpgid end in `action`. Gives the listener's descriptor if there is one. */
static int refuse_getpgid(__u32 action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	int result;

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	must(result >= 0);
	return result;
}

static void on_signal(int signal)
{
	(void)signal;
	selector = DISPATCH_ALLOW;
	signals++;
}

static void with_errno(void)
{
	refuse_getpgid(SECCOMP_RET_ERRNO | EPERM, 0);
	for (unsigned long i = 0; i < count; i++)
		must(syscall(SYS_getpgid, 0) == -1 && errno == EPERM);
	expect("getpgid", "EPERM", "denied", count);
}

/* Nobody traces: the kernel answers ENOSYS. */
static void with_trace(void)
{
	refuse_getpgid(SECCOMP_RET_TRACE, 0);
	for (unsigned long i = 0; i < count; i++)
		must(syscall(SYS_getpgid, 0) == -1 && errno == ENOSYS);
	expect("getpgid", "ENOSYS", "denied", count);
}

static void with_trap(void)
{
	signal(SIGSYS, on_signal);
	refuse_getpgid(SECCOMP_RET_TRAP, 0);
	for (unsigned long i = 0; i < count; i++)
		syscall(SYS_getpgid, 0);
	must(signals == count);
	expect("getpgid", NO_ERROR, "denied", count);
	expect("rt_sigreturn", NO_ERROR, RETURNED, count);
}

/* SECCOMP_RET_KILL_THREAD kills like KILL_PROCESS when the thread is the last one. */
static void with_kill_process(void)
{
	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (pid == 0) {
			refuse_getpgid(i % 2 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_KILL_THREAD,
				       0);
			syscall(SYS_getppid);
			syscall(SYS_getpgid, 0);
			syscall(SYS_exit_group, 0);
		}
		reap(pid);
	}
	expect("getpgid", NO_ERROR, "denied", count);
	expect("getppid", NO_ERROR, RETURNED, count);
	expect("exit_group", NO_ERROR, "no_return", 1);
}

static void *die(void *unused)
{
	refuse_getpgid(SECCOMP_RET_KILL_THREAD, 0);
	syscall(SYS_getppid);
	syscall(SYS_getpgid, 0);
	must(!"outlived the filter");
	return unused;
}

static void with_kill_thread(void)
{
	pthread_t thread;

	for (unsigned long i = 0; i < count; i++) {
		must(pthread_create(&thread, NULL, die, NULL) == 0);
		pthread_join(thread, NULL);
	}
	expect("getpgid", NO_ERROR, "denied", count);
	expect("getppid", NO_ERROR, RETURNED, count);
	expect("exit", NO_ERROR, "no_return", 0);
	expect("exit_group", NO_ERROR, "no_return", 1);
}

static _Atomic int listener = -1;

static struct seccomp_notif await_request(void)
{
	struct seccomp_notif request = { 0 };

	while (listener < 0)
		nap();
	must(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0);
	return request;
}

/* Answers in turn with an error, with a value, and by letting the call through. */
static void *supervise(void *unused)
{
	for (unsigned long i = 0; i < count; i++) {
		struct seccomp_notif_resp answer = { .id = await_request().id };

		if (i % 3 == 0)
			answer.error = -EACCES;
		else if (i % 3 == 1)
			answer.val = 42;
		else
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		must(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
	}
	return unused;
}

/* Lets each call be interrupted by a signal first, and answers it when it comes again. */
static void *supervise_by_signal(void *unused)
{
	for (unsigned long i = 0; i < count; i++) {
		struct seccomp_notif_resp answer = { .error = -EACCES };

		syscall(SYS_tgkill, getpid(), await_request().pid, SIGUSR1);
		answer.id = await_request().id;
		must(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
	}
	return unused;
}

static void with_notify(void)
{
	pthread_t supervisor;

	must(pthread_create(&supervisor, NULL, supervise, NULL) == 0);
	listener = refuse_getpgid(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	for (unsigned long i = 0; i < count; i++) {
		long result = syscall(SYS_getpgid, 0);

		must(i % 3 == 0 ? result == -1 && errno == EACCES : i % 3 != 1 || result == 42);
	}
	pthread_join(supervisor, NULL);
	expect("getpgid", "EACCES", "denied", (count + 2) / 3);
	expect("getpgid", NO_ERROR, "denied", (count + 1) / 3);
	expect("getpgid", NO_ERROR, RETURNED, count / 3);
}

static void with_interrupt(void)
{
	pthread_t supervisor;

	signal(SIGUSR1, on_signal); /* signal() means SA_RESTART */
	must(pthread_create(&supervisor, NULL, supervise_by_signal, NULL) == 0);
	listener = refuse_getpgid(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	for (unsigned long i = 0; i < count; i++)
		must(syscall(SYS_getpgid, 0) == -1 && errno == EACCES);
	pthread_join(supervisor, NULL);
	must(signals == count);
	expect("getpgid", "EACCES", "denied", count);
	expect("getpgid", NO_ERROR, "denied", count);
	expect("rt_sigreturn", NO_ERROR, RETURNED, count);
}

static void with_dispatch(void)
{
	signal(SIGSYS, on_signal);
	must(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector) == 0);
	for (unsigned long i = 0; i < count; i++) {
		selector = DISPATCH_BLOCK;
		syscall(SYS_getpgid, 0);
	}
	must(signals == count);
	expect("getpgid", NO_ERROR, RETURNED, 0);
	expect("rt_sigreturn", NO_ERROR, RETURNED, count);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} actions[] = {
		{ "errno", with_errno },
		{ "trace", with_trace },
		{ "trap", with_trap },
		{ "kill_process", with_kill_process },
		{ "kill_thread", with_kill_thread },
		{ "notify", with_notify },
		{ "interrupt", with_interrupt },
		{ "dispatch", with_dispatch },
	};

	count = argument(argc, argv, 2);
	for (unsigned long i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, argv[1]) == 0)
			actions[i].run();
	must(expectation_count > 0);
	report();
	return 0;
}

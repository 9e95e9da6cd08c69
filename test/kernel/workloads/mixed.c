/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * mixed CALLS: calls that a filter can tell apart. As user 0: CALLS getppid, FAILING getpgid with ESRCH, SLEEPS nanosleep of
 * 20 ms. A child as user UID, under the name "other": OTHERS getppid. Waits for the runner first.
 */
#include <sys/prctl.h>
#include "workload.h"

#define FAILING 211
#define SLEEPS 7
#define OTHERS 307
#define UID 12345

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	struct timespec rest = { .tv_nsec = 20000000 };
	pid_t pid;

	ready_and_wait();
	for (unsigned long i = 0; i < count; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < FAILING; i++)
		must(syscall(SYS_getpgid, -1) == -1 && errno == ESRCH);
	for (int i = 0; i < SLEEPS; i++)
		must(syscall(SYS_nanosleep, &rest, NULL) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, "other");
		must(syscall(SYS_setuid, UID) == 0);
		for (int i = 0; i < OTHERS; i++)
			syscall(SYS_getppid);
		syscall(SYS_exit_group, 0);
	}
	must(waitpid(pid, NULL, 0) == pid);
	expect("getppid", NO_ERROR, RETURNED, count + OTHERS);
	expect("getpgid", "ESRCH", RETURNED, FAILING);
	expect("nanosleep", NO_ERROR, RETURNED, SLEEPS);
	expect("setuid", NO_ERROR, RETURNED, 1);
	report();
	return 0;
}

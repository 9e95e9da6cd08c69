/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * sigreturn SIGNALS: that many signals to itself, so that many returns from handlers.
 */
#include "workload.h"

static volatile unsigned long handled;

static void on_signal(int signal)
{
	(void)signal;
	handled++;
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	pid_t pid = getpid(), tid = gettid();

	signal(SIGUSR1, on_signal);
	for (unsigned long i = 0; i < count; i++)
		syscall(SYS_tgkill, pid, tid, SIGUSR1);
	must(handled == count);
	expect("tgkill", NO_ERROR, RETURNED, count);
	expect("rt_sigreturn", NO_ERROR, RETURNED, count);
	report();
	return 0;
}

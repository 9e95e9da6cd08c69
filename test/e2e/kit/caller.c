/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * caller N [extra]: makes N calls of each of four kinds, prints that it did, and with `extra` what came of one more kind. The calls are none
 * that runc makes, so that a profile shows at once whether it has them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1;

	for (long i = 0; i < n; i++) {
		syscall(SYS_sched_get_priority_min, SCHED_FIFO);
		syscall(SYS_getpgid, 0);
		syscall(SYS_getpriority, 0, 0);
		syscall(SYS_getsid, 0);
	}
	printf("%ld calls of each\n", n);
	if (argc > 2) {
		int failed = syscall(SYS_sched_get_priority_max, SCHED_FIFO) < 0;

		printf("extra: %s\n", failed ? strerror(errno) : "allowed");
	}
	return 0;
}

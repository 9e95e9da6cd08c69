/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * paced CALLS BURST: CALLS getppid, with a rest of a millisecond after each BURST of them. Waits for the runner first.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1), burst = argument(argc, argv, 2);

	ready_and_wait();
	for (unsigned long i = 0; i < count; i++) {
		syscall(SYS_getppid);
		if (i % burst == burst - 1)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	expect("getppid", NO_ERROR, RETURNED, count);
	report();
	return 0;
}

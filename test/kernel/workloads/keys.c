/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * keys NUMBERS PASSES: calls each of NUMBERS system call numbers that do not exist once per pass, so that each pass
 * finds the counters of the last one thrown out. Prints the range instead of hundreds of thousands of rows.
 */
#include "workload.h"

#define FIRST 1000

int main(int argc, char **argv)
{
	unsigned long numbers = argument(argc, argv, 1), passes = argument(argc, argv, 2);

	for (unsigned long pass = 0; pass < passes; pass++)
		for (unsigned long i = 0; i < numbers; i++)
			syscall(FIRST + i);
	printf("{\"pid\":%d,\"unknown\":{\"first\":%d,\"numbers\":%lu,\"calls\":%lu}}\n", getpid(),
	       FIRST, numbers, passes);
	return 0;
}

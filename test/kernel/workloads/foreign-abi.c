/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * foreign-abi CALLS IMAGE32: `int $0x80` from a 64-bit program, x32 numbers (refused with ENOSYS by a kernel without
 * x32), and a 32-bit program that is started by execve and starts this one again. Each call counts under the ABI it was
 * made with, execve too, which returns in the other one.
 */
#include "workload.h"

#define IMAGES 101
#define X32 0x40000000
#define I386_GETPPID 64
#define I386_GETPGID 132
#define I386_UNKNOWN 5000

static long int80(long nr, long argument)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(argument)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static int has_x32(void)
{
	return syscall(X32 | SYS_getppid) >= 0;
}

int main(int argc, char **argv)
{
	unsigned long count;
	char *image32[] = { argv[2], "/proc/self/exe", NULL }, *no_environment[] = { NULL };

	if (argc == 1) /* started by the 32-bit program */
		syscall(SYS_exit_group, 0);
	count = argument(argc, argv, 1);
	image32[1] = realpath("/proc/self/exe", NULL);
	for (unsigned long i = 0; i < count; i++) {
		must(int80(I386_GETPPID, 0) > 0);
		must(int80(I386_GETPGID, -1) == -ESRCH);
		must(int80(I386_UNKNOWN, 0) == -ENOSYS);
		syscall(X32 | SYS_getppid);
		syscall(X32 | 5000);
	}
	for (int i = 0; i < IMAGES; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (pid == 0) {
			syscall(SYS_execve, argv[2], image32, no_environment);
			must(!"execve");
		}
		reap(pid);
	}
	expect_abi("i386", "getppid", NO_ERROR, RETURNED, count + 3 * IMAGES);
	expect_abi("i386", "getpgid", "ESRCH", RETURNED, count);
	expect_abi("i386", "syscall_0x1388", "ENOSYS", RETURNED, count);
	expect_abi("i386", "sigreturn", NO_ERROR, RETURNED, IMAGES);
	expect_abi("i386", "execve", NO_ERROR, RETURNED, IMAGES);
	expect_abi("x32", "getppid", has_x32() ? NO_ERROR : "ENOSYS", RETURNED, count + 1);
	expect_abi("x32", "syscall_0x1388", "ENOSYS", RETURNED, count);
	expect("execve", NO_ERROR, RETURNED, IMAGES + 1);
	expect("exit_group", NO_ERROR, "no_return", IMAGES + 1);
	report();
	return 0;
}

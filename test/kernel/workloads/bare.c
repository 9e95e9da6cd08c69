/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * bare CALLS: a program without a C library, so that not only the marked calls are known but all that it ever makes.
 */
#include <asm/unistd.h>

#define FAILING 1009
#define FAILING_TEXT "1009"
#define ROW(name, error, outcome) \
	"{\"syscall\":\"" name "\",\"abi\":null,\"error\":" error ",\"outcome\":" outcome ",\"calls\":"

static long call(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static char text[1024];
static long length;

static void print(const char *part)
{
	while (*part)
		text[length++] = *part++;
}

__attribute__((used)) static void run(char **arguments)
{
	const char *calls = arguments[2];
	long count = 0;

	for (const char *digit = calls; *digit; digit++)
		count = count * 10 + *digit - '0';
	for (long i = 0; i < count; i++)
		call(__NR_getppid, 0, 0, 0);
	for (long i = 0; i < FAILING; i++)
		call(__NR_getpgid, -1, 0, 0);
	print("{\"pid\":0,\"complete\":true,\"expected\":[" ROW("getppid", "null", "null"));
	print(calls);
	print("}," ROW("getpgid", "\"ESRCH\"", "null") FAILING_TEXT);
	print("}," ROW("execve", "null", "null") "1");
	print("}," ROW("write", "null", "null") "1");
	print("}," ROW("exit_group", "null", "\"no_return\"") "1}]}\n");
	call(__NR_write, 1, (long)text, length);
	call(__NR_exit_group, 0, 0, 0);
}

/* The stack holds the argument count, then the arguments: arguments[2] is CALLS. */
__asm__(".globl _start\n_start:\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\tcall run\n");

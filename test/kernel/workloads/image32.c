/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * image32 PROGRAM: a 32-bit program without a C library: three getppid, one signal to itself, then execve of PROGRAM.
 */
#define GETPID 20
#define KILL 37
#define GETPPID 64
#define EXECVE 11
#define EXIT_GROUP 252
#define SIGACTION 67
#define SIGUSR1 10

static long call(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static void on_signal(int signal)
{
	(void)signal;
}

/* The kernel's vDSO returns from the handler, by sigreturn. */
static struct {
	void (*handler)(int);
	unsigned long mask, flags;
	void *restorer;
} action = { on_signal, 0, 0, 0 };

__attribute__((used)) static void run(char **arguments)
{
	char *no_more[] = { arguments[2], 0 };

	for (int i = 0; i < 3; i++)
		call(GETPPID, 0, 0, 0);
	call(SIGACTION, SIGUSR1, (long)&action, 0);
	call(KILL, call(GETPID, 0, 0, 0), SIGUSR1, 0);
	call(EXECVE, (long)arguments[2], (long)no_more, (long)(no_more + 1));
	call(EXIT_GROUP, 1, 0, 0);
}

/* The stack holds the argument count, then the arguments: arguments[2] is the program to start. */
__asm__(".globl _start\n_start:\n\tmovl %esp, %eax\n\tpushl %eax\n\tcall run\n");

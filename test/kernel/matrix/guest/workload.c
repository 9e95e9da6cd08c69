// SPDX-License-Identifier: Apache-2.0
/* Copyright the swoll authors.
 *
 * Calls getppid as often as its first argument says and exits, making no other system call at all: no C library, so that
 * one file serves the 64- and 32-bit ABI of both architectures and the expected counts are exact.
 */

#if defined(__x86_64__)
#define GETPPID 110
#define EXIT_GROUP 231
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
#elif defined(__i386__)
#define GETPPID 64
#define EXIT_GROUP 252
__asm__(".globl _start\n_start: mov %esp, %eax\n push %eax\n call run\n");
#elif defined(__aarch64__)
#define GETPPID 173
#define EXIT_GROUP 94
__asm__(".globl _start\n_start: mov x0, sp\n b run\n");
#elif defined(__arm__)
#define GETPPID 64
#define EXIT_GROUP 248
__asm__(".globl _start\n_start: mov r0, sp\n b run\n");
#endif

static long syscall1(long number, long argument)
{
#if defined(__x86_64__)
	__asm__ volatile("syscall" : "+a"(number) : "D"(argument) : "rcx", "r11", "memory");
	return number;
#elif defined(__i386__)
	__asm__ volatile("int $0x80" : "+a"(number) : "b"(argument) : "memory");
	return number;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = argument;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8) : "memory");
	return x0;
#elif defined(__arm__)
	register long r7 __asm__("r7") = number;
	register long r0 __asm__("r0") = argument;
	__asm__ volatile("svc 0" : "+r"(r0) : "r"(r7) : "memory");
	return r0;
#endif
}

/* `stack` is as the kernel leaves it: argc, then the arguments. */
__attribute__((used, noreturn)) void run(char **stack)
{
	long calls = 0;

	for (const char *digit = stack[2]; *digit; digit++)
		calls = calls * 10 + (*digit - '0');
	while (calls-- > 0)
		syscall1(GETPPID, 0);
	for (;;)
		syscall1(EXIT_GROUP, 0);
}

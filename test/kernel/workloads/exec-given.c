/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * exec-given MODE [ARGUMENT...]: gives an execve what is hard to see: memory that nobody has touched, memory that another
 * thread changes, lists that end early. Exits as the program, or with the error number.
 */
#include "workload.h"

extern char **environ;

/* A copy of the text that is in no page table yet. */
static char *cold(const char *text)
{
	int file = memfd_create("cold", MFD_CLOEXEC);
	char *memory;

	must(write(file, text, strlen(text) + 1) == (ssize_t)strlen(text) + 1);
	memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
	must(memory != MAP_FAILED);
	close(file);
	return memory;
}

/* Path and arguments, all cold. */
static void exec_cold(char **argv)
{
	char *given[16] = {};

	for (int i = 1; argv[i] && i < 16; i++)
		given[i - 1] = cold(argv[i]);
	syscall(SYS_execve, cold(argv[0]), given, environ);
}

/* The second argument cannot be read by anybody. */
static void exec_bad(char **argv)
{
	char *given[] = { argv[1], (char *)0xbad0, argv[2], NULL };

	syscall(SYS_execve, argv[0], given, environ);
}

static void exec_list(char **argv)
{
	char *given[] = { NULL };

	syscall(SYS_execve, argv[1], strcmp(argv[0], "null") == 0 ? NULL : given, NULL);
}

/* By a descriptor of the folder, or of the program with an empty path. */
static void exec_at(char **argv)
{
	int folder = open(argv[0], O_PATH);

	must(folder >= 0);
	syscall(SYS_execveat, folder, cold(argv[1]), argv + 2, NULL, argv[1][0] ? 0 : AT_EMPTY_PATH);
}

/* Turns the last character into 0, 1, 0, 1, … */
static void *change(void *text)
{
	char *last = (char *)text + strlen(text) - 1;

	for (;;) {
		*(volatile char *)last = '0';
		*(volatile char *)last = '1';
	}
	return NULL;
}

/* The last argument changes all the time. */
static void exec_changing(char **argv)
{
	pthread_t thread;
	int last = 0;

	while (argv[last + 1])
		last++;
	must(!pthread_create(&thread, NULL, change, argv[last]));
	while (strchr(argv[last], 0)[-1] == 'x')
		usleep(1000 + getpid() % 100);
	syscall(SYS_execve, argv[0], argv + 1, environ);
}

static void *exec_of_thread(void *argv)
{
	exec_cold(argv);
	exit(errno);
}

/* By another thread than the first, which gets its id. */
static void exec_thread(char **argv)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, exec_of_thread, argv));
	pthread_join(thread, NULL);
}

/* As a 32-bit program calls it. */
static void exec_compat(char **argv)
{
	char *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned *given = (unsigned *)memory;
	char *text = memory + 4096;
	long result;

	must(memory != MAP_FAILED);
	for (int i = 0; argv[i]; i++, text += strlen(text) + 1)
		given[i] = (unsigned)(unsigned long)strcpy(text, argv[i]);
	asm volatile("int $0x80" : "=a"(result) : "0"(11), "b"((long)given[0]), "c"((long)(given + 1)), "d"(0L)
		     : "memory", "r8", "r9", "r10", "r11");
	errno = -result;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*exec)(char **argv);
	} modes[] = { { "cold", exec_cold },	     { "bad", exec_bad },	{ "list", exec_list },
		      { "at", exec_at },	     { "thread", exec_thread }, { "compat", exec_compat },
		      { "changing", exec_changing } };

	must(argc > 2);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			modes[i].exec(argv + 2);
	return errno;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Shared by all workloads. A workload makes an exactly known number of marked system calls and prints, as its last
 * line, what it made: {"pid":1,"expected":[{"syscall":"getppid","abi":null,"error":null,"outcome":null,"calls":7}]}.
 * Null means the usual: the native ABI, no error, a call that returned. Every row of a marked system call is listed,
 * so that the reader may require that there is no other one. Marked are only calls the C library does not make itself.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NO_ERROR NULL
#define RETURNED NULL

/* Ends the workload with a message when something that must hold does not. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,         \
				strerror(errno));                                                  \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

struct expectation {
	const char *syscall, *abi, *error, *outcome;
	unsigned long calls;
};

static struct expectation expectations[64];
static int expectation_count;

static inline void expect_abi(const char *abi, const char *syscall, const char *error,
			      const char *outcome, unsigned long calls)
{
	must(expectation_count < 64);
	expectations[expectation_count++] =
		(struct expectation){ syscall, abi, error, outcome, calls };
}

/* Declares `calls` native calls. Zero calls: the system call must not be seen at all. */
static inline void expect(const char *syscall, const char *error, const char *outcome,
			  unsigned long calls)
{
	expect_abi(NULL, syscall, error, outcome, calls);
}

static inline void print_string(const char *key, const char *value)
{
	if (value)
		printf("\"%s\":\"%s\",", key, value);
	else
		printf("\"%s\":null,", key);
}

/* Prints the declared calls. */
static inline void report(void)
{
	printf("{\"pid\":%d,\"expected\":[", getpid());
	for (int i = 0; i < expectation_count; i++) {
		const struct expectation *e = &expectations[i];

		printf(i ? ",{" : "{");
		print_string("syscall", e->syscall);
		print_string("abi", e->abi);
		print_string("error", e->error);
		print_string("outcome", e->outcome);
		printf("\"calls\":%lu}", e->calls);
	}
	printf("]}\n");
	fflush(stdout);
}

/* The number given as argument `index`. */
static inline unsigned long argument(int argc, char **argv, int index)
{
	must(index < argc);
	return strtoul(argv[index], NULL, 10);
}

/* Says that all is in place, and waits until the runner closes standard input. One poll call, no read. */
static inline void ready_and_wait(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	printf("{\"ready\":true}\n");
	fflush(stdout);
	must(poll(&input, 1, -1) == 1);
}

/* Zeroed memory that stays shared with forked children. */
static inline void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	return memory;
}

/* Text of a file of /proc, by pread64, so that `read` stays free to be marked. False: the task is gone. */
static inline int read_proc(pid_t tid, const char *file, char *text, size_t size)
{
	char path[64];
	int fd, length;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = pread(fd, text, size - 1, 0);
	close(fd);
	text[length > 0 ? length : 0] = 0;
	return length > 0;
}

/* State letter of a thread: 'S' asleep, 'T' stopped, 'Z' dead; 0 gone. Tids are visible in /proc without being listed. */
static inline char task_state(pid_t tid)
{
	char text[512], *end;

	if (!read_proc(tid, "stat", text, sizeof(text)) || !(end = strrchr(text, ')')))
		return 0;
	return end[2];
}

static inline void nap(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = 200000 }, NULL);
}

/* Waits until a thread is in state `state`. */
static inline void await_state(pid_t tid, char state)
{
	while (task_state(tid) != state)
		nap();
}

/* Waits until a thread sleeps inside system call `nr`; a preempted thread would not be asleep. */
static inline void await_sleep_in(pid_t tid, long nr)
{
	char text[256];

	for (;; nap())
		if (task_state(tid) == 'S' && read_proc(tid, "syscall", text, sizeof(text)) &&
		    text[0] != 'r' && strtol(text, NULL, 10) == nr && task_state(tid) == 'S')
			return;
}

/* Waits for a child with waitid, so that wait4 stays free to be marked. */
static inline void reap(pid_t pid)
{
	siginfo_t info;

	must(waitid(P_PID, pid, &info, WEXITED) == 0);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * troubled: until it is killed, some of each kind of call that dashboards tell apart: those that succeed, fail as is to be expected, fail
 * otherwise, are denied by seccomp, wait, take 20 ms, are killed with their thread; and one wait for a lock that never ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* From now on getpgid fails with EPERM, for this process and its children. */
static void deny_getpgid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(111);
}

/* A process that reads from a pipe nobody writes to, until `writer` is closed. */
static pid_t start_reader(int *writer)
{
	int ends[2];
	pid_t child;
	char byte;

	if (pipe(ends))
		_exit(112);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	*writer = ends[1];
	return child;
}

/* A process that waits for a lock which this one keeps. */
static void hang_on_lock(void)
{
	int file = memfd_create("lock", MFD_CLOEXEC);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (file < 0 || flock(file, LOCK_EX))
		_exit(116);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flock(open(path, O_RDWR), LOCK_EX) != 0);
	}
}

/* A read that takes 20 ms. */
static void read_slowly(void)
{
	int ends[2];
	char byte;

	if (pipe(ends))
		_exit(114);
	if (fork() == 0) {
		pause_ms(20);
		_exit(write(ends[1], "x", 1) != 1);
	}
	if (read(ends[0], &byte, 1) != 1)
		_exit(115);
	close(ends[0]);
	close(ends[1]);
	wait(NULL);
}

int main(void)
{
	int writer;

	hang_on_lock();
	deny_getpgid();
	for (;;) {
		pid_t victim = start_reader(&writer);

		for (int i = 0; i < 10; i++) {
			getppid();
			open("/is/not/there", O_RDONLY);
			open("/troubled", O_WRONLY); /* The root is read-only: EROFS. Being executed: ETXTBSY. */
			close(-1);
			syscall(SYS_getpgid, 0);
		}
		read_slowly();
		pause_ms(30);
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
		close(writer);
	}
}

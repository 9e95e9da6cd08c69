/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * every-call: makes every system call by its number, each in a process of its own, with arguments of five kinds: zeros, minus
 * ones, pointers to zeros, a pointer to nothing, and small numbers beside pointers. Left out are calls that would harm the
 * machine, need a stack of their own, or never end by themselves in a way that a timer could not end.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_CALL 470

/* Set the machine's clock, stop or change the kernel, end what others share, or run on the parent's stack. */
static const int left_out[] = {
	SYS_vfork, SYS_reboot,	SYS_settimeofday,    SYS_clock_settime, SYS_clock_adjtime,   SYS_adjtimex, SYS_vhangup, SYS_sync,
	SYS_syncfs, SYS_kexec_load, SYS_kexec_file_load, SYS_syslog,	SYS_sethostname, SYS_setdomainname, SYS_acct,
};

static char zeros[4096];

static bool is_left_out(long call)
{
	for (unsigned i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
		if (left_out[i] == call)
			return true;
	return false;
}

static long argument(int kind, int index)
{
	switch (kind) {
	case 0:
		return 0;
	case 1:
		return -1;
	case 2:
		return (long)zeros;
	case 3:
		return 8;
	default:
		return index % 2 ? (long)zeros : 3;
	}
}

/* Does not come back: whatever the call did to the process ends with it. */
static void make(long call, int kind)
{
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = argument(kind, i);
	setitimer(ITIMER_REAL, &soon, NULL);
	syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
	_exit(0);
}

/* Calls on descriptors (fchmod, ftruncate) change files that nobody else has. */
static void open_own_files(void)
{
	for (int fd = 0; fd <= 8; fd++) {
		int file = memfd_create("own", 0);

		if (file != fd) {
			dup2(file, fd);
			close(file);
		}
	}
}

int main(void)
{
	signal(SIGCHLD, SIG_DFL);
	open_own_files();
	/* Effects of mount, umount, pivot_root and of changed names of the machine stay in here. */
	unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	for (long call = 0; call <= LAST_CALL; call++) {
		for (int kind = 0; kind < 5 && !is_left_out(call); kind++) {
			pid_t child = fork();

			if (child == 0)
				make(call, kind);
			waitpid(child, NULL, 0);
		}
	}
	return 0;
}

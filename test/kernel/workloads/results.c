/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * results: calls whose results are descriptors, and calls whose results are as small and are none, while all small numbers are
 * open. Calls that the kernel or the machine lacks fail, for everybody alike.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "workload.h"

#define NS_GET_USERNS _IO(0xb7, 1)
#define NS_GET_NSTYPE _IO(0xb7, 3)
#define TIOCGPTPEER _IO('T', 0x41)
#define KVM_GET_API_VERSION _IO(0xae, 0)

static void bpf(int command, union bpf_attr *attributes)
{
	syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static void make_maps(void)
{
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	union bpf_attr element = {}, ids = {};
	int key = 0, value = 1;

	element.map_fd = syscall(SYS_bpf, BPF_MAP_CREATE, &create, sizeof(create));
	element.key = (unsigned long)&key;
	element.value = (unsigned long)&value;
	bpf(BPF_MAP_UPDATE_ELEM, &element);
	bpf(BPF_MAP_LOOKUP_ELEM, &element);
	bpf(BPF_MAP_GET_NEXT_ID, &ids);
}

static void ask_fcntl(void)
{
	static const int commands[] = { F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE };

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fcntl(3, commands[i]);
	fcntl(3, F_DUPFD, 20);
	fcntl(3, F_DUPFD_CLOEXEC, 30);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	fcntl(3, F_GETFD);
}

static void ask_ioctl(void)
{
	int namespace = open("/proc/self/ns/uts", O_RDONLY), terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY), locked = 0;

	ioctl(namespace, NS_GET_USERNS);
	ioctl(namespace, NS_GET_NSTYPE);
	ioctl(terminal, TIOCSPTLCK, &locked);
	ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ioctl(terminal, FIONREAD, &locked);
	ioctl(3, KVM_GET_API_VERSION);
}

static void ask_landlock(void)
{
	unsigned long handled[] = { 1 };

	syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	syscall(SYS_landlock_create_ruleset, handled, sizeof(handled[0]), 0);
}

static void ask_seccomp(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };
	unsigned action = SECCOMP_RET_ALLOW;

	syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void ask_others(void)
{
	prctl(PR_GET_DUMPABLE);
	prctl(PR_GET_KEEPCAPS);
	syscall(SYS_sched_getscheduler, 0);
	syscall(SYS_getpriority, 0, 0);
	syscall(SYS_inotify_add_watch, syscall(SYS_inotify_init1, 0), "/", 1);
	syscall(SYS_epoll_create1, 0);
	syscall(SYS_eventfd2, 0, 0);
	syscall(SYS_memfd_create, "m", 0);
	syscall(SYS_userfaultfd, 1);
	syscall(SYS_dup3, 3, 40, O_CLOEXEC);
	syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	syscall(SYS_write, 2, "", 0);
}

int main(void)
{
	for (int i = 3; i < 12; i++)
		open("/etc/passwd", O_RDONLY);
	for (int i = 0; i < 30; i++)
		ask_fcntl();
	ask_landlock();
	make_maps();
	ask_ioctl();
	ask_others();
	ask_seccomp();
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.
//
// Makes the calls whose arguments have pointers in what they point at: several messages at once, and sets of signals beside
// their length. With addresses that are good, and with some that are not.

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include "workload.h"

#define BAD ((void *)16)

struct set_and_length {
	const void *set;
	size_t length;
};

static void select_with(const void *set, size_t length)
{
	struct set_and_length pair = { set, length };
	struct timespec soon = { 0, 1000 };

	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &soon, &pair);
}

static void selects(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	select_with(&set, 8);
	select_with(&set, 4);
	select_with(NULL, 8);
	select_with(BAD, 8);
	syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, BAD);
}

static struct iovec buffer(const char *text, size_t length)
{
	return (struct iovec){ (void *)text, length };
}

static void send_all(int socket)
{
	struct iovec first[] = { buffer("one", 3), buffer("more", 4) }, second[] = { buffer("two", 3) }, bad[] = { buffer(BAD, 8) };
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	struct mmsghdr messages[] = {
		{ .msg_hdr = { .msg_iov = first, .msg_iovlen = 2 } },
		{ .msg_hdr = { .msg_iov = second, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = bad, .msg_iovlen = 1 } },
	};
	struct mmsghdr named[] = { { .msg_hdr = { .msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = second, .msg_iovlen = 1 } } };

	syscall(SYS_sendmmsg, socket, messages, 2, 0);
	syscall(SYS_sendmmsg, socket, messages, 3, MSG_DONTWAIT);
	syscall(SYS_sendmmsg, socket, named, 1, 0);
	syscall(SYS_sendmmsg, socket, BAD, 1, 0);
	syscall(SYS_sendmmsg, -1, messages, 1, 0);
	syscall(SYS_sendmmsg, socket, messages, 0, 0);
}

static void receive_all(int socket)
{
	char bytes[3][16];
	struct sockaddr_un names[3];
	struct iovec buffers[3];
	struct mmsghdr messages[3] = {};
	struct timespec limit = { 1, 0 };

	for (int i = 0; i < 3; i++) {
		buffers[i] = buffer(bytes[i], sizeof(bytes[i]));
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &buffers[i], .msg_iovlen = 1,
						       .msg_name = &names[i], .msg_namelen = sizeof(names[i]) };
	}
	syscall(SYS_recvmmsg, socket, messages, 3, MSG_DONTWAIT, &limit);
	syscall(SYS_recvmmsg, socket, messages, 3, MSG_DONTWAIT, NULL);
	syscall(SYS_recvmmsg, socket, messages, 3, MSG_DONTWAIT, NULL);
	syscall(SYS_recvmmsg, socket, BAD, 1, MSG_DONTWAIT, NULL);
}

/* More room for messages than is looked at. */
static void receive_many(int from, int to)
{
	char bytes[16];
	struct iovec buffers = buffer(bytes, sizeof(bytes));
	struct mmsghdr messages[64] = {};

	for (int i = 0; i < 64; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &buffers, .msg_iovlen = 1};
	must(write(from, "a", 1) == 1 && write(from, "b", 1) == 1);
	syscall(SYS_recvmmsg, to, messages, 64, MSG_DONTWAIT, NULL);
}

int main(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return EXIT_FAILURE;
	selects();
	send_all(pair[0]);
	receive_all(pair[1]);
	receive_many(pair[0], pair[1]);
	return EXIT_SUCCESS;
}

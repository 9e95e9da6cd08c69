/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * hung FOLDER: processes that hang, each in a call of another kind; one that was killed while it hung, and is left a zombie. Prints, once all of
 * them hang, their ids by kind, and waits for the runner. FOLDER is empty, and the program's own. What hangs on a file system that does not answer
 * (`fuse`) is there only where one can be mounted.
 */
#include "workload.h"
#include <arpa/inet.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define I386_OPEN 5

/* In the first 4 GiB, as the program is linked to a fixed address: a 32-bit call can be given them. */
static char fifo[] = "fifo", bytes[16];
static int word = 1, status;
static struct timespec duration = { .tv_sec = 100000, .tv_nsec = 5 }, remaining;
static struct pollfd polled[2];

static void hang_in_futex(void)
{
	syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0);
}

static void hang_in_recv(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(server, (struct sockaddr *)&address, length) == 0 && listen(server, 1) == 0);
	must(getsockname(server, (struct sockaddr *)&address, &length) == 0);
	must(connect(client, (struct sockaddr *)&address, length) == 0);
	recv(client, bytes, sizeof(bytes), MSG_WAITALL);
}

static void hang_in_read(void)
{
	int ends[2];

	must(pipe(ends) == 0);
	must(read(ends[0], bytes, sizeof(bytes)) < 0);
}

static void hang_in_flock(void)
{
	int held = open("lock", O_CREAT | O_RDWR, 0600), wanted = open("lock", O_RDWR);

	must(held >= 0 && wanted >= 0 && flock(held, LOCK_EX) == 0);
	flock(wanted, LOCK_EX);
}

/* In uninterruptible sleep, as long as its child borrows its memory. */
static void hang_in_vfork(void)
{
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			syscall(SYS_pause);
	}
}

static void hang_in_poll(void)
{
	int ends[2];

	must(pipe(ends) == 0);
	polled[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN | POLLPRI };
	polled[1] = (struct pollfd){ .fd = -1, .events = POLLOUT };
	poll(polled, 2, -1);
}

static void hang_in_nanosleep(void)
{
	syscall(SYS_nanosleep, &duration, &remaining);
}

static void hang_in_wait4(void)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	wait4(-1, &status, __WALL, NULL);
}

/* A 32-bit call of a 64-bit program. */
static void hang_in_open32(void)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"((long)I386_OPEN), "b"(fifo), "c"((long)(O_RDONLY | O_CLOEXEC)), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
}

static void hang_in_pause(void)
{
	syscall(SYS_pause);
}

/* Nobody answers what the kernel asks this file system. */
static void hang_on_fuse(void)
{
	struct stat file;

	stat("mount/file", &file);
}

struct kind {
	const char *name;
	void (*hang)(void);
	long nr;
	char state;
	pid_t pid;
};

static struct kind kinds[] = {
	{ "futex", hang_in_futex, SYS_futex, 'S', 0 },
	{ "recv", hang_in_recv, SYS_recvfrom, 'S', 0 },
	{ "read", hang_in_read, SYS_read, 'S', 0 },
	{ "flock", hang_in_flock, SYS_flock, 'S', 0 },
	{ "vfork", hang_in_vfork, SYS_vfork, 'D', 0 },
	{ "poll", hang_in_poll, SYS_poll, 'S', 0 },
	{ "nanosleep", hang_in_nanosleep, SYS_nanosleep, 'S', 0 },
	{ "wait4", hang_in_wait4, SYS_wait4, 'S', 0 },
	{ "open32", hang_in_open32, I386_OPEN, 'S', 0 },
	{ "killed", hang_in_pause, SYS_pause, 'S', 0 },
	{ "fuse", hang_on_fuse, SYS_newfstatat, 'D', 0 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int mount_fuse(void)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return 0;
	must(mkdir("mount", 0700) == 0);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	return mount("hung", "mount", "fuse", MS_NOSUID | MS_NODEV, options) == 0;
}

/* Until it sleeps in its call, interruptibly or not, and so is in it to stay. */
static void await_hanging(const struct kind *kind)
{
	char text[256];

	for (;; nap())
		if (task_state(kind->pid) == kind->state && read_proc(kind->pid, "syscall", text, sizeof(text)) &&
		    text[0] != 'r' && strtol(text, NULL, 10) == kind->nr)
			return;
}

static void start(struct kind *kind)
{
	kind->pid = fork();
	must(kind->pid >= 0);
	if (kind->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, kind->name);
		kind->hang();
		exit(1);
	}
	await_hanging(kind);
}

int main(int argc, char **argv)
{
	size_t count = KINDS;

	must(argc == 2 && chdir(argv[1]) == 0 && mkfifo(fifo, 0600) == 0);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || !mount_fuse())
		count--;
	for (size_t i = 0; i < count; i++) {
		start(&kinds[i]);
		if (strcmp(kinds[i].name, "killed") == 0) {
			kill(kinds[i].pid, SIGKILL);
			await_state(kinds[i].pid, 'Z');
		}
	}
	for (size_t i = 0; i < count; i++)
		printf("%s\"%s\":%d", i ? "," : "{", kinds[i].name, kinds[i].pid);
	printf("}\n");
	fflush(stdout);
	polled[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
	poll(polled, 1, -1);
	for (size_t i = 0; i < count; i++)
		kill(kinds[i].pid, SIGKILL);
	return 0;
}

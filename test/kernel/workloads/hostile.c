/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * hostile CHANGES: calls with memory that cannot be read, does not end, is not text, or changes while the call is on its way;
 * by threads whose names are not text either. CHANGES open calls race with a thread that rewrites their path.
 */
#include <sys/prctl.h>
#include <sys/uio.h>
#include "workload.h"

#define PAGE 4096UL

static char *page;
static atomic_int ended;
static char racing[] = "/nonexistent/a";

/* The path changes all the time, and is never the name of a file. */
static void *rewrite(void *unused)
{
	for (unsigned i = 0; !ended; i++)
		memset(racing + 1, i % 2 ? 'x' : 'y', sizeof(racing) - 2);
	return unused;
}

static void open_path(const void *path, int error)
{
	must(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) == -1 && errno == error);
}

static void bad_pointers(void)
{
	open_path((void *)1, EFAULT);
	open_path((void *)-1, EFAULT);
	open_path((void *)0xdeadbeefdeadbeef, EFAULT);
	open_path((void *)0xffffffff81000000, EFAULT);
	open_path(page + PAGE, EFAULT);
	must(syscall(SYS_writev, 1, (void *)8, 5) == -1);
	must(syscall(SYS_execve, "/nonexistent", (void *)16, (void *)24) == -1);
	must(syscall(SYS_sendmsg, 1, (void *)32, 0) == -1);
}

static void long_strings(void)
{
	char *path = malloc(1 << 20);

	memset(path, 'a', 1 << 20);
	path[0] = '/';
	path[(1 << 20) - 1] = 0;
	open_path(path, ENAMETOOLONG);
	/* Ends with its page, without a NUL. */
	memset(page, 'b', PAGE);
	open_path(page + PAGE - 7, EFAULT);
	free(path);
}

static void odd_names(void)
{
	open_path("/\xff\xfe\xc3(", ENOENT);
	open_path("/\033[31mred\r\n\a\x7f", ENOENT);
	prctl(PR_SET_NAME, "\033[2J\nevil\xff");
	open_path("/named", ENOENT);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1);
	pthread_t thread;

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(page != MAP_FAILED && munmap(page + PAGE, PAGE) == 0);
	bad_pointers();
	long_strings();
	odd_names();
	must(pthread_create(&thread, NULL, rewrite, NULL) == 0);
	for (unsigned long i = 0; i < count; i++)
		open_path(racing, ENOENT);
	ended = 1;
	pthread_join(thread, NULL);
	expect("openat", "EFAULT", RETURNED, 6);
	expect("openat", "ENAMETOOLONG", RETURNED, 1);
	expect("openat", "ENOENT", RETURNED, 3 + count);
	report();
	return 0;
}

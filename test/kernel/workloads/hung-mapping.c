/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * hung-mapping FOLDER: a process that hangs in a call as what the call is given lies in a mapped file, of a file system whose server
 * answers everything but reads. Prints the ids of the process and of the server; the server is this program. FOLDER is empty, and the
 * program's own.
 */
#include "workload.h"
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define FILE_NODE 2
#define FILE_BYTES 4096

static struct fuse_attr attributes_of(__u64 node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == FILE_NODE ? FILE_BYTES : 0,
		.mode = node == FILE_NODE ? S_IFREG | 0444 : S_IFDIR | 0755,
		.nlink = 1,
		.blksize = 4096,
	};
}

static void answer(int fd, __u64 unique, int error, const void *body, size_t length)
{
	char bytes[1024];
	struct fuse_out_header head = { .len = sizeof(head) + length, .error = -error, .unique = unique };

	memcpy(bytes, &head, sizeof(head));
	if (length)
		memcpy(bytes + sizeof(head), body, length);
	must(write(fd, bytes, head.len) == (ssize_t)head.len);
}

static void serve(int fd, const struct fuse_in_header *asked)
{
	struct fuse_init_out hello = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_readahead = 4096, .max_write = 4096,
	};
	struct fuse_entry_out entry = {
		.nodeid = FILE_NODE, .entry_valid = 1000, .attr_valid = 1000, .attr = attributes_of(FILE_NODE),
	};
	struct fuse_attr_out facts = { .attr_valid = 1000, .attr = attributes_of(asked->nodeid) };
	struct fuse_open_out opened = { .fh = 1 };

	switch (asked->opcode) {
	case FUSE_INIT:
		return answer(fd, asked->unique, 0, &hello, sizeof(hello));
	case FUSE_LOOKUP:
		return answer(fd, asked->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return answer(fd, asked->unique, 0, &facts, sizeof(facts));
	case FUSE_OPEN:
		return answer(fd, asked->unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return answer(fd, asked->unique, ENOSYS, NULL, 0);
	}
}

static void hang(void)
{
	int fd = open("mount/file", O_RDONLY);
	void *path = fd < 0 ? MAP_FAILED : mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);

	must(path != MAP_FAILED);
	syscall(SYS_open, path, O_RDONLY);
}

int main(int argc, char **argv)
{
	static char request[1 << 17] __attribute__((aligned(8)));
	const struct fuse_in_header *asked = (const void *)request;
	char options[64];
	pid_t hung;
	int fd, is_told = 0;

	must(argc == 2 && chdir(argv[1]) == 0 && unshare(CLONE_NEWNS) == 0);
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mkdir("mount", 0700) == 0);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	must(mount("hung", "mount", "fuse", MS_NOSUID | MS_NODEV, options) == 0);
	hung = fork();
	must(hung >= 0);
	if (hung == 0) {
		close(fd);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		hang();
		return 1;
	}
	/* Until this process is killed: then all who wait are woken. */
	while (read(fd, request, sizeof(request)) > 0) {
		serve(fd, asked);
		if (asked->opcode == FUSE_READ && !is_told++) {
			printf("{\"hung\":%d,\"server\":%d}\n", hung, getpid());
			fflush(stdout);
		}
	}
	return 0;
}

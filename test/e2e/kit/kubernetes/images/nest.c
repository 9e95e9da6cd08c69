/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * nest COMMAND...: becomes COMMAND in a cgroup namespace of its own, with cgroup v2 at /sys/fs/cgroup, as runtimes on hosts with
 * v2 alone start a container that may make cgroups. So what COMMAND nests is below this container's cgroup, and on hosts
 * with v1 and v2 too.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 112;
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) || mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL)) {
		perror("nest");
		return 111;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 111;
}

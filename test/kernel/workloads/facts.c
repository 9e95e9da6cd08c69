/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * facts THREADS ROUNDS: threads that change name, user, CPU and namespaces all the time, and after each change say so by a call:
 * close(-2, name's number, uid, inodes of the uts, ipc and cgroup namespaces), of which the kernel looks at the first argument
 * only. Each thread's last call is fsync(-2, …), with the same arguments.
 */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "workload.h"

#define FIRST_UID 100000

static unsigned long rounds;

static unsigned long inode_of(const char *namespace)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", namespace);
	must(!stat(path, &status));
	return status.st_ino;
}

struct facts {
	unsigned long name, uid, uts, ipc, cgroup;
};

static void unshare_some(struct facts *facts, unsigned long round)
{
	if (round % 7 == 0) {
		/* Twice: what is gone leaves its address to what comes. */
		must(!unshare(CLONE_NEWUTS) && !unshare(CLONE_NEWUTS));
		facts->uts = inode_of("uts");
	}
	if (round % 11 == 0) {
		must(!unshare(CLONE_NEWIPC));
		facts->ipc = inode_of("ipc");
	}
	if (round % 13 == 0) {
		must(!unshare(CLONE_NEWCGROUP));
		facts->cgroup = inode_of("cgroup");
	}
}

static void change(struct facts *facts, unsigned long round)
{
	char name[16];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(round % 2, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	facts->name = round;
	snprintf(name, sizeof(name), "n-%lu", round);
	must(!prctl(PR_SET_NAME, name));
	facts->uid = FIRST_UID + round;
	/* The system call is of this thread alone. That of the file system and the effective one stay. */
	must(!syscall(SYS_setresuid, facts->uid, -1, -1));
	unshare_some(facts, round);
}

static void *run(void *unused)
{
	struct facts facts = { .uts = inode_of("uts"), .ipc = inode_of("ipc"), .cgroup = inode_of("cgroup") };

	for (unsigned long round = 1; round <= rounds; round++) {
		change(&facts, round);
		syscall(round < rounds ? SYS_close : SYS_fsync, -2L, facts.name, facts.uid, facts.uts, facts.ipc, facts.cgroup);
	}
	return unused;
}

int main(int argc, char **argv)
{
	unsigned long threads = argc > 2 ? strtoul(argv[1], NULL, 10) : 1;
	pthread_t all[64];

	must(argc > 2 && threads <= 64);
	rounds = strtoul(argv[2], NULL, 10);
	for (unsigned long i = 0; i < threads; i++)
		must(!pthread_create(&all[i], NULL, run, NULL));
	for (unsigned long i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * literals: starts programs by all ways of the C library, with paths and arguments that are literals of the program.
 */
#include <spawn.h>
#include "workload.h"

extern char **environ;

int main(void)
{
	char *argv[] = { "true", "by", "posix_spawn", NULL };
	pid_t pid;

	if (!(pid = fork())) {
		execl("/bin/true", "true", "by execl", (char *)0);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	if (!(pid = vfork())) {
		execlp("true", "true", "by", "execlp", (char *)0);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	must(!posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ));
	waitpid(pid, NULL, 0);
	must(!system("true by system"));
	pclose(popen("true by popen", "r"));
	execl("/bin/echo", "echo", "at", "last", (char *)0);
	return 1;
}

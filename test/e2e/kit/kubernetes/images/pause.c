/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * pause: keeps the namespaces of a pod; ends on SIGTERM and SIGINT. In a pod that shares its process namespace it is
 * process 1, which is why it reaps.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number)
{
	(void)number;
	_exit(0);
}

static void reap(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(void)
{
	signal(SIGTERM, end);
	signal(SIGINT, end);
	signal(SIGCHLD, reap);
	for (;;)
		pause();
}

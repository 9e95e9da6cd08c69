// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace swoll {

std::optional<int> Reap(int pid)
{
	int status = 0;
	pid_t reaped;

	do {
		reaped = waitpid(pid, &status, WNOHANG);
	} while (reaped < 0 && errno == EINTR);
	if (reaped == 0)
		return std::nullopt;
	return reaped < 0 ? 0 : status;
}

void DieOf(int signal)
{
	const rlimit none = {0, 0};
	sigset_t only;

	setrlimit(RLIMIT_CORE, &none);
	// A pipe in core_pattern takes a core whatever the limit is.
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	std::signal(signal, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, signal);
	pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
	kill(getpid(), signal);
}

} // namespace swoll

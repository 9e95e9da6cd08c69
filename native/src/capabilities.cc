// SPDX-License-Identifier: Apache-2.0
#include "capabilities.h"

#include <dirent.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

namespace swoll {

namespace {

// glibc's SIGSETXID, with which it makes setuid(2) hold on all threads. It is the only kind of signal that no thread blocks:
// glibc leaves it out of every mask, also that of threads that mean to block all, as Node's inspector does.
constexpr int kSignal = 33;
constexpr int kRounds = 5000; // of 1 ms
constexpr int kCapabilities = 64;

// sigaction(2) as the kernel has it on x86-64 and arm64: glibc's function refuses its own signals.
struct KernelAction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)();
	uint64_t mask;
};

// A signal handler reads this, so it must be global; the mutex lets one round at a time use it.
std::mutex g_mutex;
std::atomic<uint64_t> g_keep;

int ExchangeAction(int signal, const KernelAction *action, KernelAction *before)
{
	return static_cast<int>(syscall(SYS_rt_sigaction, signal, action, before, sizeof(uint64_t)));
}

void OnSignal(int)
{
	const int error = errno;
	DropOnThisThread(g_keep.load());
	errno = error;
}

// The kernel's form of an action that runs OnSignal, with the way back that glibc knows. False: no such signal.
bool MakeAction(KernelAction *action)
{
	struct sigaction wanted = {}, before;
	wanted.sa_handler = OnSignal;
	wanted.sa_flags = SA_RESTART;
	sigfillset(&wanted.sa_mask);
	if (sigaction(SIGRTMAX, &wanted, &before))
		return false;
	const bool is_read = ExchangeAction(SIGRTMAX, nullptr, action) == 0;
	sigaction(SIGRTMAX, &before, nullptr);
	return is_read;
}

uint64_t ReadHex(const char *status, const char *key)
{
	const char *line = std::strstr(status, key);
	return line ? std::strtoull(line + std::strlen(key), nullptr, 16) : 0;
}

// Whether the thread has more than `keep`, or may gain more. False also when it is gone.
bool IsPrivileged(const char *task, uint64_t keep)
{
	char path[64], status[4096];
	std::snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	FILE *file = std::fopen(path, "re");
	if (!file)
		return false;
	status[std::fread(status, 1, sizeof(status) - 1, file)] = 0;
	std::fclose(file);
	const uint64_t held = ReadHex(status, "\nCapPrm:") | ReadHex(status, "\nCapEff:");
	const uint64_t lent = ReadHex(status, "\nCapInh:") | ReadHex(status, "\nCapAmb:");
	return (held & ~keep) || lent || ReadHex(status, "\nNoNewPrivs:") != 1;
}

// Signals each privileged thread that was not yet; gives how many privileged ones there are, or -errno.
int SignalThreads(uint64_t keep, std::set<int> *signalled)
{
	DIR *tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	int privileged = 0;
	while (const dirent *entry = readdir(tasks)) {
		if (entry->d_name[0] == '.' || !IsPrivileged(entry->d_name, keep))
			continue;
		privileged++;
		const int task = std::atoi(entry->d_name);
		if (!signalled->count(task) && syscall(SYS_tgkill, getpid(), task, kSignal) == 0)
			signalled->insert(task);
	}
	closedir(tasks);
	return privileged;
}

} // namespace

int DropOnThisThread(uint64_t keep)
{
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct sets[2] = {};

	for (int i = 0; i < kCapabilities; i++)
		if (!(keep >> i & 1))
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_capget, &header, sets);
	for (int i = 0; i < 2; i++) {
		const auto kept = static_cast<uint32_t>(keep >> (32 * i));
		sets[i].effective &= kept;
		sets[i].permitted &= kept;
		sets[i].inheritable = 0;
	}
	// Last: who looks from outside then knows that all is done.
	return syscall(SYS_capset, &header, sets) ? errno : 0;
}

int DropOnAllThreads(uint64_t keep)
{
	std::lock_guard<std::mutex> lock(g_mutex);
	KernelAction ours, before;

	g_keep = keep;
	if (int error = DropOnThisThread(keep))
		return error;
	if (!MakeAction(&ours) || ExchangeAction(kSignal, &ours, &before))
		return EINVAL;
	// Each thread gets one signal, and shows nothing more only once it has run: none is left when the old action returns.
	// A thread that another has begun meanwhile is found in the next round.
	std::set<int> signalled;
	int privileged = 1;
	for (int i = 0; i < kRounds && privileged > 0; i++) {
		privileged = SignalThreads(keep, &signalled);
		const timespec ms = {0, 1'000'000};
		if (privileged > 0)
			nanosleep(&ms, nullptr);
	}
	if (privileged == 0)
		ExchangeAction(kSignal, &before, nullptr);
	return privileged < 0 ? -privileged : privileged > 0 ? ETIME : 0;
}

} // namespace swoll

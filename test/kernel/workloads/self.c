// SPDX-License-Identifier: Apache-2.0
// Prints what a program can ask about itself that it got from whoever started it, a line for each: for comparing who starts it.
//
//     self FILE                        writes it there
//     self as STATE... -- COMMAND...   becomes the command, in an odd state: see `become`
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static FILE *out;

// A file of /proc, less the lines whose names are in `skipped`.
static void print_file(const char *path, const char *skipped)
{
	FILE *file = fopen(path, "re");
	char line[65536];
	fprintf(out, "%s:\n", path);
	while (file && fgets(line, sizeof(line), file)) {
		char name[64] = "";
		sscanf(line, "%63[^:]:", name);
		char key[80];
		snprintf(key, sizeof(key), " %s ", name);
		if (skipped && strstr(skipped, key))
			continue;
		fprintf(out, "  %s", line);
	}
	if (file)
		fclose(file);
}

static void print_bytes(const char *path)
{
	FILE *file = fopen(path, "re");
	int byte;
	fprintf(out, "%s: ", path);
	while (file && (byte = fgetc(file)) != EOF)
		if (byte > 31 && byte < 127)
			fputc(byte, out);
		else
			fprintf(out, "\\%03o", byte);
	fputc('\n', out);
	if (file)
		fclose(file);
}

static void print_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		char path[64], target[PATH_MAX];
		struct stat status;
		const int flags = fcntl(fd, F_GETFL);
		if (flags < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		const ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = 0;
		fstat(fd, &status);
		const off_t offset = S_ISREG(status.st_mode) ? lseek(fd, 0, SEEK_CUR) : 0;
		// Pipes and sockets are new in each run.
		if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
			*strchrnul(target, ':') = 0;
		fprintf(out, "fd %d: %s flags %o cloexec %d offset %ld mode %o\n", fd, target, flags,
			fcntl(fd, F_GETFD), (long)offset, status.st_mode);
	}
}

static void print_signals(void)
{
	sigset_t blocked, pending;
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigpending(&pending);
	for (int i = 1; i <= 64; i++) {
		struct sigaction action = {0};
		if (i == 32 || i == 33 || sigaction(i, NULL, &action))
			continue;
		fprintf(out, "signal %d: %s%s%s flags %x\n", i, action.sa_handler == SIG_IGN ? "ignored" : "default",
			sigismember(&blocked, i) > 0 ? " blocked" : "", sigismember(&pending, i) > 0 ? " pending" : "",
			action.sa_flags);
	}
	stack_t stack;
	sigaltstack(NULL, &stack);
	fprintf(out, "altstack %d\n", stack.ss_flags);
}

static void print_numbers(void)
{
	struct sched_param param;
	struct itimerval timer;
	cpu_set_t cpus;
	int death = -1, chewed = -1;
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;
		getrlimit(i, &limit);
		fprintf(out, "limit %d: %lu %lu\n", i, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
	}
	sched_getparam(0, &param);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	prctl(PR_GET_PDEATHSIG, &death);
	prctl(PR_GET_CHILD_SUBREAPER, &chewed);
	fprintf(out, "policy %d %d cpus %d nice %d io %ld\n", sched_getscheduler(0), param.sched_priority, CPU_COUNT(&cpus),
		getpriority(PRIO_PROCESS, 0), syscall(SYS_ioprio_get, 1, 0));
	fprintf(out, "dumpable %d keepcaps %d nnp %d seccomp %d securebits %d slack %d thp %d death %d reaper %d tsc %d\n",
		prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP),
		prctl(PR_GET_SECUREBITS), prctl(PR_GET_TIMERSLACK), prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), death, chewed,
		prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
	for (int i = 0; i < 3; i++) {
		getitimer(i, &timer);
		fprintf(out, "timer %d: %d\n", i, timer.it_value.tv_sec > 0);
	}
	fprintf(out, "personality %x umask %o ids %d %d %d %d\n", personality(0xffffffff), umask(0), getuid(), geteuid(), getgid(), getegid());
	fprintf(out, "group %s session %s\n", getpgrp() == getpid() ? "own" : "inherited", getsid(0) == getpid() ? "own" : "inherited");
	fprintf(out, "program %s secure %lu\n", (const char *)getauxval(AT_EXECFN), getauxval(AT_SECURE));
}

static void print_all(const char *where)
{
	char folder[PATH_MAX], *text;
	size_t length;
	out = open_memstream(&text, &length);
	print_descriptors(); // first: files are opened below
	print_bytes("/proc/self/environ");
	print_bytes("/proc/self/cmdline");
	print_bytes("/proc/self/comm");
	print_signals();
	print_numbers();
	fprintf(out, "folder %s root ", getcwd(folder, sizeof(folder)));
	fprintf(out, "%s\n", readlink("/proc/self/root", folder, sizeof(folder)) > 0 ? "there" : "gone");
	print_file("/proc/self/status", " Pid Tgid PPid NSpid NStgid NSpgid NSsid Ngid TracerPid SigQ VmPeak VmSize VmHWM VmRSS RssAnon RssFile RssShmem "
		   "VmData VmStk VmPTE VmLib voluntary_ctxt_switches nonvoluntary_ctxt_switches ");
	for (const char *const *path = (const char *const[]){"oom_score_adj", "coredump_filter", "cgroup", "timerslack_ns",
							     "autogroup", "loginuid", "attr/current", "uid_map", 0};
	     *path; path++) {
		char whole[64];
		snprintf(whole, sizeof(whole), "/proc/self/%s", *path);
		print_file(whole, NULL);
	}
	fclose(out);
	FILE *file = fopen(where, "we");
	fwrite(text, 1, length, file);
	fclose(file);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "self: %s: %s\n", path, strerror(errno));
	close(fd);
}

// The states: each is one that programs are started in, and that is easy to lose.
static void become(const char *state)
{
	if (!strncmp(state, "close", 5))
		close(atoi(state + 5));
	else if (!strncmp(state, "open", 4))
		dup2(open("/etc/hostname", O_RDONLY), atoi(state + 4));
	else if (!strncmp(state, "ignore", 6))
		signal(atoi(state + 6), SIG_IGN);
	else if (!strncmp(state, "block", 5)) {
		sigset_t set;
		sigemptyset(&set);
		sigaddset(&set, atoi(state + 5));
		sigprocmask(SIG_BLOCK, &set, NULL);
	} else if (!strcmp(state, "pipes")) {
		int pair[2];
		if (pipe(pair) || dup2(pair[0], 50) < 0 || dup2(pair[1], 51) < 0)
			exit(1);
		close(pair[0]);
		close(pair[1]);
	} else if (!strcmp(state, "limits")) {
		const struct rlimit files = {300, 4000}, core = {0, 1 << 20}, stack = {4 << 20, 64 << 20};
		setrlimit(RLIMIT_NOFILE, &files);
		setrlimit(RLIMIT_CORE, &core);
		setrlimit(RLIMIT_STACK, &stack);
	} else if (!strcmp(state, "scheduling")) {
		const struct sched_param param = {0};
		setpriority(PRIO_PROCESS, 0, 7);
		sched_setscheduler(0, SCHED_BATCH, &param);
		syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5);
		prctl(PR_SET_TIMERSLACK, 123456);
	} else if (!strcmp(state, "memory")) {
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		write_to("/proc/self/oom_score_adj", "77");
		write_to("/proc/self/coredump_filter", "0x7f");
		personality(ADDR_NO_RANDOMIZE);
	} else if (!strcmp(state, "group"))
		setpgid(0, 0);
	else if (!strcmp(state, "umask"))
		umask(0137);
	else if (!strcmp(state, "no-new-privileges"))
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		print_all(argv[1]);
	if (argc < 3 || strcmp(argv[1], "as"))
		return argc == 2 ? 0 : 127;
	char **state = argv + 2;
	for (; *state && strcmp(*state, "--"); state++)
		become(*state);
	if (*state)
		execvp(state[1], state + 1);
	return 127;
}

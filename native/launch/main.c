// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.
//
// Starts a command that is to be traced, before the tracer itself is there. What a process inherits (descriptors, signals, limits, environment
// and the rest) cannot be kept by Node, which changes much of it as it starts. So the process of the command is made first, from what the
// caller gave; it waits, and becomes the command when the tracer says so.
//
//     swoll-launch caller PID                                      words that describe what PID's caller gave it
//     swoll-launch run [WORD...] -- TRACER [ARG...] -- COMMAND...  makes the command's process, and becomes the tracer
//
// The tracer learns of the process by $SWOLL_COMMAND, "<pid> <descriptor>": a socket whose other end the process has. Without a COMMAND
// this just becomes the tracer. The shell script bin/swoll uses both, since a shell changes the environment, too.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch.h"

#define FIRST_FREE 3  // 0 to 2 may be closed, and are to stay so

static _Noreturn void fail(const char* what) {
  fprintf(stderr, "swoll: %s: %s\n", what, strerror(errno));
  exit(FAILED);
}

static char** find_separator(char** words) {
  while (*words && strcmp(*words, "--")) words++;
  return words;
}

static void make_pair(int pair[2]) {
  int made[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made)) fail("socketpair");
  for (int i = 0; i < 2; i++) {
    pair[i] = fcntl(made[i], F_DUPFD_CLOEXEC, FIRST_FREE);
    if (pair[i] < 0) fail("descriptors");
  }
  close(made[0]);
  close(made[1]);
}

// Makes the command's process, which waits, and tells the tracer of it.
static void start(char** command, struct caller* caller) {
  int pair[2];
  char told[64];
  make_pair(pair);
  for (int fd = 0; fd < 3; fd++) caller->flags[fd] = fcntl(fd, F_GETFL);
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    close(pair[0]);
    await_command(command, pair[1], caller);
  }
  close(pair[1]);
  fcntl(pair[0], F_SETFD, 0);
  snprintf(told, sizeof(told), "%d %d", pid, pair[0]);
  if (setenv("SWOLL_COMMAND", told, 1)) fail("setenv");
  signal(SIGCHLD, SIG_DFL);  // else nobody would learn how it ended
}

static int run(char** words) {
  struct caller caller = {0};
  char** tracer = read_caller(words, &caller);
  if (!tracer || !tracer[1]) {
    fprintf(stderr, "swoll-launch: is started by bin/swoll\n");
    return FAILED;
  }
  char** separator = find_separator(++tracer);
  unsetenv("SWOLL_COMMAND");
  if (*separator && separator[1]) start(separator + 1, &caller);
  execvp(*tracer, tracer);
  fail(*tracer);
}

int main(int argc, char** argv) {
  if (argc == 3 && !strcmp(argv[1], "caller")) return describe_caller(argv[2]);
  if (argc > 2 && !strcmp(argv[1], "run")) return run(argv + 2);
  fprintf(stderr, "swoll-launch: is started by bin/swoll\n");
  return FAILED;
}

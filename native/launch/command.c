// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.
//
// The process that becomes the command. Nothing is changed here that the command would inherit.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch.h"

#define MAX_PATH 4096
/* execvp(3) looks there when there is no $PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

static bool is_program(const char* path) {
  struct stat status;
  return !access(path, X_OK) && !stat(path, &status) && S_ISREG(status.st_mode);
}

static const char* find_folders(char** environment) {
  for (; *environment; environment++)
    if (!strncmp(*environment, "PATH=", 5)) return *environment + 5;
  return DEFAULT_PATH;
}

// Puts where the program is into `found`, as execvp(3) looks for it. False: nowhere.
static bool find_program(const char* name, char** environment, char found[MAX_PATH]) {
  if (strchr(name, '/')) return (size_t)snprintf(found, MAX_PATH, "%s", name) < MAX_PATH;
  for (const char* folder = find_folders(environment); *name; folder++) {
    const int length = (int)strcspn(folder, ":");
    const int written = snprintf(found, MAX_PATH, "%.*s%s%s", length, folder, length ? "/" : "", name);
    if (written < MAX_PATH && is_program(found)) return true;
    folder += length;
    if (!*folder) break;
  }
  return false;
}

// Node makes pipes and sockets of standard output and error not block, which whoever shares them sees as well.
static void restore_flags(const int flags[3]) {
  for (int fd = 0; fd < 3; fd++)
    if (flags[fd] >= 0) fcntl(fd, F_SETFL, flags[fd]);
}

static void tell(int control, int error) { send(control, &error, sizeof(error), MSG_NOSIGNAL); }

void await_command(char** command, int control, const struct caller* caller) {
  char path[MAX_PATH], go;
  ssize_t got;
  if (caller->ignores_children) signal(SIGCHLD, SIG_IGN);
  const bool is_found = find_program(*command, caller->environment, path);
  tell(control, is_found ? 0 : ENOENT);
  if (!is_found) _exit(FAILED);
  do {
    got = read(control, &go, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(FAILED);  // the tracer has gone, and nobody wants the command any more
  restore_flags(caller->flags);
  execve(path, command, caller->environment);
  tell(control, errno);
  _exit(FAILED);
}

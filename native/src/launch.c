// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.
//
// Starts a program when it is told to, so that tracing can begin with the program's first instruction: waits for a byte on descriptor 3, and
// becomes the program at the path argv[1], with argv[2] and what follows as its arguments. If that fails, the error number goes back
// the same way, as an int. Its name is how its own system calls are told from the program's.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CONTROL 3
#define FAILED 125

extern char** environ;

int main(int argc, char** argv) {
  char go;
  ssize_t got;
  if (argc < 3) return FAILED;
  do {
    got = read(CONTROL, &go, 1);
  } while (got < 0 && errno == EINTR);
  // The other side has gone: nobody wants the program any more.
  if (got != 1) return FAILED;
  fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
  execve(argv[1], argv + 2, environ);
  int error = errno;
  (void)!write(CONTROL, &error, sizeof(error));
  return FAILED;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SWOLL_LAUNCH_H
#define SWOLL_LAUNCH_H

#include <stdbool.h>

/* How the launcher ends when it, and not the command, fails. */
#define FAILED 125

/* The caller's state that the command inherits, though a shell in between and the tracer may change it. */
struct caller {
  char** environment;
  bool ignores_children; /* SIGCHLD was ignored */
  int flags[3];          /* of standard input, output and error (F_GETFL); -1: closed */
};

/* Prints how the environment that the process `pid` was started with is made from this one's, as words without characters that are
 * special to a shell. Prints nothing where that cannot be known. */
int describe_caller(const char* pid);

/* Reads those words, up to one that is "--", and gives where that is; no words: the environment is as it is here. NULL: they describe
 * something else. */
char** read_caller(char** words, struct caller* caller);

/* Becomes `command` when a byte comes on `control`; before, says there whether it was found. Does not return. */
_Noreturn void await_command(char** command, int control, const struct caller* caller);

#endif

// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.
//
// The environment as the caller gave it, byte by byte and in its order. A shell drops names that it could not use for variables, sorts,
// and adds its own; but the memory in which it got them stays as it was, and /proc shows it. There is a word for each of the caller's
// strings: ":" and a hash of it, if it can be found in the environment that the shell passes on; else "=" and its bytes in hexadecimal, which go
// on in words with "+". A word "c" says that SIGCHLD was ignored, and "." that this is all.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"

#define PIECE 32768 /* no argument may have more than 131,072 bytes */

extern char** environ;

// FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
static unsigned long long hash(const char* text) {
  unsigned long long sum = 0xcbf29ce484222325;
  for (; *text; text++) sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
  return sum;
}

// The environment's string with this hash; NULL: there is none.
static char* find_string(unsigned long long wanted) {
  for (char** string = environ; *string; string++)
    if (hash(*string) == wanted) return *string;
  return NULL;
}

// A shell changes these from one command to the next.
static bool is_of_shell(const char* text) {
  static const char* const names[] = {"_=", "SHLVL=", "PWD=", "OLDPWD="};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
    if (!strncmp(text, names[i], strlen(names[i]))) return true;
  return false;
}

static FILE* open_of(const char* pid, const char* name) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
  return fopen(path, "re");
}

static char* read_all(FILE* file, size_t* length) {
  size_t capacity = 1 << 16;
  char* bytes = malloc(capacity);
  *length = 0;
  while (bytes) {
    const size_t got = fread(bytes + *length, 1, capacity - *length - 1, file);
    if (got == 0) break;
    if ((*length += got) == capacity - 1) bytes = realloc(bytes, capacity *= 2);
  }
  return bytes;
}

static void print_bytes(const char* text) {
  fputs("=", stdout);
  for (size_t i = 0; text[i]; i++) {
    if (i > 0 && i % PIECE == 0) fputs(" +", stdout);
    printf("%02x", (unsigned char)text[i]);
  }
}

static unsigned long long read_mask(const char* pid, const char* key) {
  char line[256];
  unsigned long long mask = 0;
  FILE* status = open_of(pid, "status");
  while (status && fgets(line, sizeof(line), status))
    if (!strncmp(line, key, strlen(key))) mask = strtoull(line + strlen(key), NULL, 16);
  if (status) fclose(status);
  return mask;
}

// A shell that handles SIGCHLD has changed what it was; its own parent says how, since that is inherited.
static bool had_ignored_children(const char* pid) {
  const unsigned long long bit = 1ULL << (SIGCHLD - 1);
  char parent[32] = "";
  char line[256];
  if (!(read_mask(pid, "SigCgt:") & bit)) return false;
  FILE* status = open_of(pid, "status");
  while (status && fgets(line, sizeof(line), status)) sscanf(line, "PPid: %31s", parent);
  if (status) fclose(status);
  return read_mask(parent, "SigIgn:") & bit;
}

int describe_caller(const char* pid) {
  size_t length = 0;
  FILE* file = open_of(pid, "environ");
  char* bytes = file ? read_all(file, &length) : NULL;
  if (!bytes || ferror(file)) return 0;
  bytes[length] = 0;
  for (char* at = bytes; at < bytes + length; at += strlen(at) + 1) {
    const char* same = is_of_shell(at) ? NULL : find_string(hash(at));
    if (same && !strcmp(same, at)) printf(":%llx", hash(at));
    else print_bytes(at);
    putchar(' ');
  }
  puts(had_ignored_children(pid) ? "c ." : ".");
  return 0;
}

static bool append_bytes(char** string, const char* digits) {
  size_t length = *string ? strlen(*string) : 0;
  char* grown = realloc(*string, length + strlen(digits) / 2 + 1);
  if (!grown) return false;
  for (; digits[0] && digits[1]; digits += 2) {
    const char pair[] = {digits[0], digits[1], 0};
    grown[length++] = (char)strtol(pair, NULL, 16);
  }
  grown[length] = 0;
  *string = grown;
  return true;
}

// Adds what a word says; false: it makes no sense.
static bool add_word(const char* word, struct caller* caller, int* made) {
  char** strings = caller->environment;
  switch (*word) {
    case 'c':
      return caller->ignores_children = true;
    case ':':
      strings[*made] = find_string(strtoull(word + 1, NULL, 16));
      return strings[(*made)++];
    case '=':
      return append_bytes(&strings[(*made)++], word + 1);
    case '+':
      return *made > 0 && append_bytes(&strings[*made - 1], word + 1);
    default:
      return !strcmp(word, ".");
  }
}

static int count_strings(char** strings) {
  int count = 0;
  while (strings[count]) count++;
  return count;
}

char** read_caller(char** words, struct caller* caller) {
  const int count = count_strings(environ);
  int made = 0;
  caller->environment = calloc(count + count_strings(words) + 1, sizeof(char*));
  if (!*words || !caller->environment) return NULL;
  if (!strcmp(*words, "--")) memcpy(caller->environment, environ, count * sizeof(char*));
  for (; *words && strcmp(*words, "--"); words++)
    if (!add_word(*words, caller, &made)) return NULL;
  return *words ? words : NULL;
}

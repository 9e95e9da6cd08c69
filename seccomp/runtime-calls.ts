/**
 * Calls of container runtimes in the container, by hand from runs of runc 1.1 under strace (test/e2e/seccomp.test.ts runs it again): the
 * cgroup is the container's already, the program is not yet there.
 */

/** Calls between the loading of the filter and the execve of the program. Without them the container does not start. */
export const RUNTIME_CALLS: readonly string[] = (
  'capget capset chdir close epoll_ctl execve exit_group faccessat2 fcntl fstat fstatfs futex getcwd getdents64 getpid getppid ' +
  'newfstatat openat prctl read setgid setgroups setuid write ' +
  // Go's own: threads, stacks and the collector, now and then.
  'clone clone3 epoll_pwait exit getrlimit gettid madvise mmap mprotect munmap nanosleep rseq rt_sigaction rt_sigprocmask ' +
  'rt_sigreturn sched_getaffinity sched_yield set_robust_list sigaltstack tgkill'
).split(' ')

/**
 * Calls before that by which runtimes are known, and which programs rarely make at their start. Of the others that runtimes make, such as `bind`
 * and `pread64`, nobody could tell from counts that the program does without.
 */
export const SETUP_CALLS: readonly string[] =
  'keyctl mknodat mount mount_setattr move_mount open_tree pivot_root seccomp setdomainname sethostname setns umount2 unshare'.split(
    ' ',
  )

/** Names of the threads that set a container up: runc's stages, crun, youki. The kernel keeps 15 bytes of a name. */
export const SETUP_THREADS: readonly string[] = [
  'runc',
  'runc:[0:PARENT]',
  'runc:[1:CHILD]',
  'runc:[2:INIT]',
  'exe',
  'crun',
  'youki',
  'youki:[1:INTER]',
  'youki:[2:INIT]',
]

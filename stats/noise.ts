/** Which errors are part of normal work, and which calls wait by nature. Pages, dashboards and alerts go by the same rules. */

interface ExpectedError {
  readonly errors: readonly string[]
  /** Absent: of any call. */
  readonly syscalls?: readonly string[]
  readonly why: string
}

export const EXPECTED_ERRORS: readonly ExpectedError[] = [
  { errors: ['EAGAIN'], why: 'nothing is there yet: the program asked not to wait' },
  { errors: ['EINTR'], why: 'a signal came first; the program asks again' },
  {
    errors: ['ENOENT', 'ENOTDIR'],
    syscalls: [
      'open',
      'openat',
      'openat2',
      'stat',
      'lstat',
      'newfstatat',
      'stat64',
      'lstat64',
      'fstatat64',
      'statx',
      'access',
      'faccessat',
      'faccessat2',
      'readlink',
      'readlinkat',
      'execve',
      'execveat',
      'inotify_add_watch',
    ],
    why: 'programs look in one place after the other: libraries, commands, settings',
  },
  { errors: ['EINVAL'], syscalls: ['readlink', 'readlinkat'], why: 'the path is no link: it is resolved' },
  { errors: ['EINPROGRESS'], syscalls: ['connect'], why: 'the connection is under way' },
  { errors: ['ENOTTY'], syscalls: ['ioctl'], why: 'the program asks whether it writes to a terminal' },
  {
    errors: ['ESPIPE'],
    syscalls: ['lseek', '_llseek'],
    why: 'the program asks whether a file can be sought in',
  },
  {
    errors: ['ENODATA', 'EOPNOTSUPP'],
    syscalls: ['getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr', 'flistxattr'],
    why: 'the file has no such attribute',
  },
  {
    errors: ['ETIMEDOUT'],
    syscalls: ['futex', 'futex_wait', 'futex_waitv', 'mq_timedreceive'],
    why: 'the time to wait is over',
  },
  { errors: ['ECHILD'], syscalls: ['wait4', 'waitid', 'waitpid'], why: 'no child is left to wait for' },
  { errors: ['EEXIST'], syscalls: ['mkdir', 'mkdirat'], why: 'the folder is there already' },
  { errors: ['ENOTCONN'], syscalls: ['getpeername'], why: 'the program asks whether it is connected' },
  {
    errors: ['ENOSYS'],
    syscalls: [
      'clone3',
      'close_range',
      'epoll_pwait2',
      'faccessat2',
      'fchmodat2',
      'openat2',
      'rseq',
      'statx',
    ],
    why: 'the program tries the newer call first',
  },
]

/** Calls whose time is waiting, for somebody else or for time to pass. */
export const WAITING_CALLS: readonly string[] = [
  'accept',
  'accept4',
  'clock_nanosleep',
  'clock_nanosleep_time64',
  'epoll_pwait',
  'epoll_pwait2',
  'epoll_wait',
  'futex',
  'futex_time64',
  'futex_wait',
  'futex_waitv',
  'io_getevents',
  'io_pgetevents',
  'io_uring_enter',
  'mq_timedreceive',
  'msgrcv',
  'nanosleep',
  'pause',
  'poll',
  'ppoll',
  'ppoll_time64',
  'pselect6',
  'restart_syscall',
  'rt_sigsuspend',
  'rt_sigtimedwait',
  'select',
  'semop',
  'semtimedop',
  'sigsuspend',
  'wait4',
  'waitid',
  'waitpid',
]

/**
 * Calls that get what somebody else sends, whenever that is: of a pipe, a socket, a terminal, a device. Their time may be work, of a disk, but one
 * that takes for ever is no sign of trouble.
 */
export const RECEIVING_CALLS: readonly string[] = [
  'ioctl',
  'preadv2',
  'read',
  'readv',
  'recv',
  'recvfrom',
  'recvmmsg',
  'recvmmsg_time64',
  'recvmsg',
  'splice',
]

const WAITING = new Set(WAITING_CALLS)

export function isWaiting(syscall: string): boolean {
  return WAITING.has(syscall)
}

/** Returns the rule by which the error is to be expected of the call; undefined: it is trouble. */
export function expectedError(syscall: string, error: string): ExpectedError | undefined {
  return EXPECTED_ERRORS.find(
    ({ errors, syscalls }) =>
      errors.includes(error) && (syscalls === undefined || syscalls.includes(syscall)),
  )
}

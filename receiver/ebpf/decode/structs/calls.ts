/** The words of arguments that point at structs, by call; `-` for other arguments. */
import type { Abi } from '../../tables/syscalls.ts'
import type { Kind } from '../kind.ts'
import { structs } from './registry.ts'

const LINES = `
nanosleep                     timespec timespec_left
clock_nanosleep               - - timespec timespec_left
clock_nanosleep_time64        - - timespec64 timespec64_left
clock_gettime                 - out_timespec
clock_gettime64               - out_timespec64
clock_getres                  - out_timespec
clock_getres_time64           - out_timespec64
clock_settime                 - timespec
clock_settime64               - timespec64
sched_rr_get_interval         - out_timespec
sched_rr_get_interval_time64  - out_timespec64
gettimeofday                  out_timeval out_timezone
settimeofday                  timeval timezone
time                          out_time
times                         out_tms
setitimer                     - itimerval out_itimerval
getitimer                     - out_itimerval
timerfd_settime               - - itimerspec out_itimerspec
timerfd_settime64             - - itimerspec64 out_itimerspec64
timerfd_gettime               - out_itimerspec
timerfd_gettime64             - out_itimerspec64
timer_settime                 - - itimerspec out_itimerspec
timer_settime64               - - itimerspec64 out_itimerspec64
timer_gettime                 - out_itimerspec
timer_gettime64               - out_itimerspec64
timer_create                  - sigevent out_int_pointed
utimes                        - file_timevals
futimesat                     - - file_timevals
utimensat                     - - file_times
utimensat_time64              - - file_times64
utime                         - utimbuf
adjtimex                      out_timex
clock_adjtime                 - out_timex
clock_adjtime64               - out_timex64
pipe                          out_two_ints
pipe2                         out_two_ints
socketpair                    - - - out_two_ints
poll                          pollfds(1)
ppoll                         pollfds(1) - timespec_timeout sigset(4)
ppoll_time64                  pollfds(1) - timespec64_timeout sigset(4)
select                        - in_fd_set(0) out_fd_set(0) except_fd_set(0) timeval_timeout
_newselect                    - in_fd_set(0) out_fd_set(0) except_fd_set(0) timeval_timeout
pselect6                      - in_fd_set(0) out_fd_set(0) fd_set(0) timespec_timeout sigset_pair
pselect6_time64               - in_fd_set(0) out_fd_set(0) fd_set(0) timespec64_timeout sigset_pair
epoll_ctl                     - - - epoll_ctl_event
epoll_wait                    - epoll_event_returned
epoll_pwait                   - epoll_event_returned - - sigset(5)
epoll_pwait2                  - epoll_event_returned - timespec64 sigset(5)
futex                         - - - futex_timespec
futex_time64                  - - - futex_timespec64
futex_waitv                   futex_wait_array(1) - - timespec64
get_robust_list               - out_pointer_pointed out_size_pointed
wait4                         - wait_status - waited_rusage
waitpid                       - wait_status
waitid                        - - out_siginfo - out_rusage
stat                          - out_stat
lstat                         - out_stat
fstat                         - out_stat
newfstatat                    - - out_stat
stat64                        - out_stat64
lstat64                       - out_stat64
fstat64                       - out_stat64
fstatat64                     - - out_stat64
oldstat                       - out_old_stat
oldlstat                      - out_old_stat
oldfstat                      - out_old_stat
statx                         - - - - out_statx
statfs                        - out_statfs
fstatfs                       - out_statfs
statfs64                      - - out_statfs64
fstatfs64                     - - out_statfs64
readv                         - out_iovecs(2)
writev                        - iovecs(2)
preadv                        - out_iovecs(2)
pwritev                       - iovecs(2)
preadv2                       - out_iovecs(2)
pwritev2                      - iovecs(2)
vmsplice                      - iovecs(2)
process_vm_readv              - out_iovecs(2) - bare_iovecs(4)
process_vm_writev             - iovecs(2) - bare_iovecs(4)
process_madvise               - bare_iovecs(2)
sendfile                      - - inout_long_pointed
sendfile64                    - - inout_loff_pointed
copy_file_range               - loff_pointed - loff_pointed
splice                        - loff_pointed - loff_pointed
fcntl                         - - fcntl_struct
fcntl64                       - - fcntl_struct
getdents                      - entries
getdents64                    - entries64
openat2                       - - open_how(3)
name_to_handle_at             - - out_file_handle out_int_pointed
open_by_handle_at             - file_handle
mount_setattr                 - - - mount_attr(4)
landlock_create_ruleset       landlock_ruleset(1)
landlock_add_rule             - - landlock_path
`

/** By ABI, lines that take the place of those above. */
const OF_ABI: Readonly<Partial<Record<Abi, string>>> = {}

/** The kinds of a call's arguments, by index; empty for a call without structs. */
export function structKinds(call: string, abi: Abi): ReadonlyMap<number, Kind> {
  const line = lineOf(OF_ABI[abi] ?? '', call) ?? lineOf(LINES, call) ?? []
  return new Map(line.flatMap((word, i) => (word === '-' ? [] : [[i, toKind(word)] as const])))
}

function lineOf(lines: string, call: string): string[] | undefined {
  const line = lines.split('\n').find(line => line.startsWith(`${call} `))
  return line?.split(/\s+/).slice(1)
}

function toKind(word: string): Kind {
  const [, name, parameters] = /^(\w+)(?:\(([\w,]*)\))?$/.exec(word)!
  return structs[name!]!(parameters?.split(',') ?? [])
}

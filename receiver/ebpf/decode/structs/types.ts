/** Types by the names that kinds have. */
import { epollEvent } from './epoll.ts'
import { futexWait } from './futexes.ts'
import { dqblk, landlockPath } from './openings.ts'
import { rlimit64, rusage } from './resources.ts'
import { i32, i64, long, pointer, size } from './scalars.ts'
import { siginfo } from './siginfo.ts'
import { sigsetPair } from './sigset-pair.ts'
import { oldStat, stat, stat64 } from './stat.ts'
import { statfs, statfs64 } from './statfs.ts'
import { statx } from './statx.ts'
import { array, element } from './struct.ts'
import { sigevent } from './timers.ts'
import * as times from './times.ts'
import type { Type } from './type.ts'

export const types: Readonly<Record<string, Type>> = {
  int_pointed: element(i32),
  long_pointed: element(long),
  loff_pointed: element(i64),
  pointer_pointed: element(pointer),
  size_pointed: element(size),
  two_ints: array(i32, 2),
  dqblk,
  epoll_event: epollEvent,
  futex_wait: futexWait,
  landlock_path: landlockPath,
  rlimit64,
  rusage,
  siginfo,
  sigevent,
  sigset_pair: sigsetPair,
  stat,
  stat64,
  old_stat: oldStat,
  statfs,
  statfs64,
  statx,
  timespec: times.timespec,
  timespec64: times.timespec64,
  timeval: times.timeval,
  timezone: times.timezone,
  itimerval: times.itimerval,
  itimerspec: times.itimerspec,
  itimerspec64: times.itimerspec64,
  tms: times.tms,
  time: element(times.seconds),
  file_timevals: times.fileTimevals,
  file_times: times.fileTimes,
  file_times64: times.fileTimes64,
  utimbuf: times.utimbuf,
  timex: times.timex,
  timex64: times.timex64,
}

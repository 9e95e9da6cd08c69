/** Types by the names that kinds have. */

import { iocb, ioEvent } from './asynchronous.ts'
import { capData, capHeader } from './capabilities.ts'
import { futexWait } from './futexes.ts'
import { oldestUtsname, oldUtsname, sysinfo, utsname } from './machine.ts'
import { dqblk, landlockPath, program, seccompAction } from './openings.ts'
import { epollEvent } from './poll.ts'
import { mqAttr, msqid, sembuf, semid, shmid } from './queues.ts'
import { cachestat, cachestatRange, rlimit64, rusage } from './resources.ts'
import { i32, i64, long, pointer, size, u16, u32, u64, ulong } from './scalars.ts'
import { schedParam } from './scheduling.ts'
import { siginfo } from './siginfo.ts'
import { oldSigaction, oldSigset, sigaction, signalNumber, stack } from './signals.ts'
import { inodeFlags, oldStat, stat, stat64 } from './stat.ts'
import { statfs, statfs64 } from './statfs.ts'
import { statx } from './statx.ts'
import { element } from './struct.ts'
import { termios, termios2, winsize } from './terminal.ts'
import { sigevent } from './timers.ts'
import * as times from './times.ts'
import type { Type } from './type.ts'

export const types: Readonly<Record<string, Type>> = {
  uint: u32,
  ushort: u16,
  uint_pointed: element(u32),
  ushort_pointed: element(u16),
  ulong_pointed: element(ulong),
  signal_pointed: element(signalNumber),
  u64,
  u64_pointed: element(u64),
  cachestat,
  cachestat_range: cachestatRange,
  seccomp_action: seccompAction,
  cap_header: capHeader,
  cap_data: capData,
  io_event: ioEvent,
  iocb,
  mq_attr: mqAttr,
  msqid_ds: msqid,
  shmid_ds: shmid,
  semid_ds: semid,
  sembuf,
  seccomp_program: program,
  sched_param: schedParam,
  sigaction,
  old_sigaction: oldSigaction,
  old_sigset: oldSigset,
  stack,
  termios,
  termios2,
  winsize,
  inode_flags: inodeFlags,
  utsname,
  old_utsname: oldUtsname,
  oldold_utsname: oldestUtsname,
  sysinfo,
  int_pointed: element(i32),
  long_pointed: element(long),
  loff_pointed: element(i64),
  pointer_pointed: element(pointer),
  size_pointed: element(size),
  dqblk,
  epoll_event: epollEvent,
  futex_wait: futexWait,
  landlock_path: landlockPath,
  rlimit64,
  rusage,
  siginfo,
  sigevent,
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

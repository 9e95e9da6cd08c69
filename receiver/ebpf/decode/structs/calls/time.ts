/** Calls that take or give times. */
import { filled, given } from '../pointers.ts'
import { i32 } from '../scalars.ts'
import { element } from '../struct.ts'
import { remaining, sigevent } from '../timers.ts'
import * as times from '../times.ts'
import type { Bindings } from './binding.ts'

const spec = given(times.timespec)
const spec64 = given(times.timespec64)
const specOut = filled(times.timespec)
const specOut64 = filled(times.timespec64)
const left = remaining(times.timespec)
const left64 = remaining(times.timespec64)
const set = { 2: given(times.itimerspec), 3: filled(times.itimerspec) }
const set64 = { 2: given(times.itimerspec64), 3: filled(times.itimerspec64) }
const get = { 1: filled(times.itimerspec) }
const get64 = { 1: filled(times.itimerspec64) }

export const timeCalls: Bindings = {
  nanosleep: { 0: spec, 1: left },
  clock_nanosleep: { 2: spec, 3: left },
  clock_nanosleep_time64: { 2: spec64, 3: left64 },
  clock_gettime: { 1: specOut },
  clock_gettime64: { 1: specOut64 },
  clock_getres: { 1: specOut },
  clock_getres_time64: { 1: specOut64 },
  clock_settime: { 1: spec },
  clock_settime64: { 1: spec64 },
  sched_rr_get_interval: { 1: specOut },
  sched_rr_get_interval_time64: { 1: specOut64 },
  gettimeofday: { 0: filled(times.timeval), 1: filled(times.timezone) },
  settimeofday: { 0: given(times.timeval), 1: given(times.timezone) },
  time: { 0: filled(element(times.seconds)) },
  times: { 0: filled(times.tms) },
  setitimer: { 1: given(times.itimerval), 2: filled(times.itimerval) },
  getitimer: { 1: filled(times.itimerval) },
  timerfd_settime: set,
  timerfd_settime64: set64,
  timerfd_gettime: get,
  timerfd_gettime64: get64,
  timer_settime: set,
  timer_settime64: set64,
  timer_gettime: get,
  timer_gettime64: get64,
  timer_create: { 1: given(sigevent), 2: filled(element(i32)) },
  utimes: { 1: given(times.fileTimevals) },
  futimesat: { 2: given(times.fileTimevals) },
  utimensat: { 2: given(times.fileTimes) },
  utimensat_time64: { 2: given(times.fileTimes64) },
  utime: { 1: given(times.utimbuf) },
  adjtimex: { 0: filled(times.timex) },
  clock_adjtime: { 1: filled(times.timex) },
  clock_adjtime64: { 1: filled(times.timex64) },
}

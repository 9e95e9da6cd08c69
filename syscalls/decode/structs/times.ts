/** Times: of clocks, timers and files. */
import { flags, names } from './named.ts'
import { aligned, i32, i64, long, printed, u32, u64, ulong } from './scalars.ts'
import { array, padding, struct } from './struct.ts'
import type { Scalar, Type } from './type.ts'

const NOW = 0x3fffffffn
const OMIT = 0x3ffffffen

/** The 64-bit `struct __kernel_timespec`, whatever the ABI. */
export const timespec64 = struct({ tv_sec: i64, tv_nsec: i64 })
export const timespec = struct({ tv_sec: long, tv_nsec: ulong })
export const timeval = struct({ tv_sec: long, tv_usec: ulong })
export const timeval64 = struct({ tv_sec: i64, tv_usec: u64 })
export const timezone = struct({ tz_minuteswest: i32, tz_dsttime: i32 })
export const itimerval = struct({ it_interval: timeval, it_value: timeval })
export const itimerspec = struct({ it_interval: timespec, it_value: timespec })
export const itimerspec64 = struct({ it_interval: timespec64, it_value: timespec64 })
export const tms = struct({ tms_utime: ulong, tms_stime: ulong, tms_cutime: ulong, tms_cstime: ulong })

/** `2022-11-24T10:00:00.5+0000`, in UTC; undefined for what is no date of a JavaScript clock. */
function dateText(seconds: bigint, fraction: bigint, digits: number): string | undefined {
  if (fraction < 0n || fraction >= 10n ** BigInt(digits)) return undefined
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999)
    return undefined
  const text = date.toISOString().slice(0, 19)
  return `${text}${fraction === 0n ? '' : `.${String(fraction).padStart(digits, '0')}`}+0000`
}

/** The date as a comment behind the seconds; empty for no time and what is no date. */
export function dateComment(seconds: bigint, fraction = 0n, digits = 9): string {
  const text = seconds === 0n && fraction === 0n ? undefined : dateText(seconds, fraction, digits)
  return text === undefined ? '' : ` /* ${text} */`
}

/** A time of a file with its date: `{tv_sec=…, tv_nsec=…} /* 2022-… *\/`. */
function dated(seconds: Scalar, fraction: Scalar, name: string, digits: number): Type {
  const type = struct({ tv_sec: seconds, [name]: fraction })
  return {
    ...type,
    print(memory, at, siblings) {
      const nanoseconds = fraction.read(memory, at + seconds.size(memory.sizes))
      if (digits === 9 && nanoseconds === NOW) return 'UTIME_NOW'
      if (digits === 9 && nanoseconds === OMIT) return 'UTIME_OMIT'
      return type.print(memory, at, siblings) + dateComment(seconds.read(memory, at), nanoseconds, digits)
    },
  }
}

/** The two times that `utimensat` and `utimes` take. */
export const fileTimes = array(dated(long, ulong, 'tv_nsec', 9), 2)
export const fileTimes64 = array(dated(i64, i64, 'tv_nsec', 9), 2)
export const fileTimevals = array(dated(long, ulong, 'tv_usec', 6), 2)

/** Seconds since 1970, with the date. */
export const seconds = printed(long, value => `${value}${dateComment(value)}`)
export const utimbuf = struct({ actime: seconds, modtime: seconds })

const ADJ = names(`
  ADJ_OFFSET=1 ADJ_FREQUENCY=2 ADJ_MAXERROR=4 ADJ_ESTERROR=8 ADJ_STATUS=0x10 ADJ_TIMECONST=0x20 ADJ_TAI=0x80
  ADJ_SETOFFSET=0x100 ADJ_MICRO=0x1000 ADJ_NANO=0x2000 ADJ_TICK=0x4000
`)
const STA = names(
  `PLL=1 PPSFREQ=2 PPSTIME=4 FLL=8 INS=0x10 DEL=0x20 UNSYNC=0x40 FREQHOLD=0x80 PPSSIGNAL=0x100 PPSJITTER=0x200
  PPSWANDER=0x400 PPSERROR=0x800 CLOCKERR=0x1000 NANO=0x2000 MODE=0x4000 CLK=0x8000`,
  'STA_',
)

function timexOf(word: Scalar, time: Type): Type {
  return struct({
    modes: flags(u32, ADJ, 'ADJ_???'),
    offset: word,
    freq: word,
    maxerror: word,
    esterror: word,
    status: flags(i32, STA, 'STA_???'),
    constant: word,
    precision: word,
    tolerance: word,
    time,
    tick: word,
    ppsfreq: word,
    jitter: word,
    shift: i32,
    stabil: word,
    jitcnt: word,
    calcnt: word,
    errcnt: word,
    stbcnt: word,
    tai: i32,
    _: padding(44),
  })
}
export const timex = timexOf(long, timeval)
export const timex64 = timexOf(aligned(i64), struct({ tv_sec: aligned(i64), tv_usec: aligned(i64) }))

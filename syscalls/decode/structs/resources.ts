/** Limits and use of resources. */
import { long, printed, u32, u64 } from './scalars.ts'
import { choose, struct } from './struct.ts'
import { timeval } from './times.ts'
import type { Scalar } from './type.ts'

/** `8192*1024`, `RLIM64_INFINITY`. */
function limit(type: Scalar, infinity: bigint, name: string): Scalar {
  return printed(type, value => {
    if (value === infinity) return name
    return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value)
  })
}

const limit64 = limit(u64, 2n ** 64n - 1n, 'RLIM64_INFINITY')
export const rlimit64 = struct({ rlim_cur: limit64, rlim_max: limit64 })

const limit32 = limit(u32, 2n ** 32n - 1n, 'RLIM_INFINITY')
const word = choose(({ pointer }) => (pointer === 8 ? limit64 : limit32))
export const rlimit = struct({ rlim_cur: word, rlim_max: word })

export const rusage = struct({
  ru_utime: timeval,
  ru_stime: timeval,
  ru_maxrss: long,
  ru_ixrss: long,
  ru_idrss: long,
  ru_isrss: long,
  ru_minflt: long,
  ru_majflt: long,
  ru_nswap: long,
  ru_inblock: long,
  ru_oublock: long,
  ru_msgsnd: long,
  ru_msgrcv: long,
  ru_nsignals: long,
  ru_nvcsw: long,
  ru_nivcsw: long,
})

export const cachestatRange = struct({ off: u64, len: u64 })
export const cachestat = struct({
  nr_cache: u64,
  nr_dirty: u64,
  nr_writeback: u64,
  nr_evicted: u64,
  nr_recently_evicted: u64,
})

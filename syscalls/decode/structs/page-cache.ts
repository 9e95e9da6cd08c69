/** Counts of a file's pages in memory, for `cachestat`. */
import { u64 } from './scalars.ts'
import { struct } from './struct.ts'

export const cachestatRange = struct({ off: u64, len: u64 })
export const cachestat = struct({
  nr_cache: u64,
  nr_dirty: u64,
  nr_writeback: u64,
  nr_evicted: u64,
  nr_recently_evicted: u64,
})

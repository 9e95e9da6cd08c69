/** Births and deaths of cgroups, as they come through the rings. */
import * as layout from '../../../native/generated/layout.ts'
import { type CgroupKey, cgroupKey } from '../identity/cgroup-key.ts'

/** What happens to cgroups, as the kernel says it. A birth without path (''): the kernel withholds it. */
export interface CgroupEvents {
  birth(key: CgroupKey, path: string): void
  death(key: CgroupKey): void
}

const path = new TextDecoder()

/** Passes on the record at index `at` of `words`, if it is one of a cgroup. */
export function readCgroupRecord(words: Uint32Array, at: number, events: CgroupEvents): void {
  const type = words[at]!
  if (type !== layout.RECORD_CGROUP_BIRTH && type !== layout.RECORD_CGROUP_DEATH) return
  const low = words[at + layout.recordCgroupLayout.cgroup / 4]!
  const key = cgroupKey(low, words[at + layout.recordCgroupLayout.cgroup / 4 + 1]!)
  if (type === layout.RECORD_CGROUP_DEATH) events.death(key)
  else events.birth(key, readPath(words, at))
}

/** The path of a birth; empty when the kernel gave none, or it did not fit. */
function readPath(words: Uint32Array, at: number): string {
  const start = words.byteOffset + at * 4 + layout.recordCgroupLayout.path
  const bytes = new Uint8Array(words.buffer, start, layout.PATH_MAX)
  const end = bytes.indexOf(0)
  return end > 0 && end < layout.PATH_MAX - 1 ? path.decode(bytes.subarray(0, end)) : ''
}

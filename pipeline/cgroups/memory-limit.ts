import { readNumber } from './files.ts'
import { type CgroupOf, cgroupFolders } from './folders.ts'

/** A limit of v1 that is none has a value near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60

export interface MemoryLimit {
  /** Folder of the cgroup whose limit it is. */
  readonly cgroup: string
  readonly bytes: number
}

/** How much memory the cgroup of a process may use, v1 or v2: the tightest limit of it and of those above it. Undefined: no limit. */
export function readMemoryLimit(of: CgroupOf): MemoryLimit | undefined {
  let tightest: MemoryLimit | undefined
  for (const cgroup of cgroupFolders(of, 'memory')) {
    const bytes = readNumber(`${cgroup}/memory.max`) ?? readNumber(`${cgroup}/memory.limit_in_bytes`)
    if (
      bytes === undefined ||
      bytes >= NO_LIMIT_BYTES ||
      bytes >= (tightest?.bytes ?? Number.POSITIVE_INFINITY)
    )
      continue
    tightest = { cgroup, bytes }
  }
  return tightest
}

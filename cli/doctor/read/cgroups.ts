/** Which cgroup hierarchy names the containers, and what the cgroup of a process allows it. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { readCgroupMounts } from '../../../kernel/cgroups/hierarchy.ts'
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import type { HostRoots } from '../../../kernel/cgroups/roots.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import type { CgroupFacts, MemoryFacts } from '../facts.ts'
import { readNumber, readText } from './file.ts'

export function readCgroups(roots: HostRoots): CgroupFacts {
  try {
    const { version, controller, mountPoint, isWhole, v1 } = readHierarchy(roots)
    const hidden = [mountPoint, v1?.mountPoint].find(each => each && !existsSync(`${each}/cgroup.procs`))
    if (hidden !== undefined)
      return { error: `cgroup file system: must be seen at ${hidden}, and something else is mounted over it` }
    return { version, controller, mountPoint, isWhole, ...(v1 && { v1: v1.mountPoint }) }
  } catch (error) {
    if (!(error instanceof SwollError)) return {} // without types v1 cannot be told of; the check of them says so
    return { error: error.message }
  }
}

/** A limit of v1 that is none has a value near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60

/** Limits of a process's cgroup and of those above it: the tightest counts. */
export function readMemory(process: number | 'self'): MemoryFacts {
  const mounts = readCgroupMounts(readText('/proc/self/mountinfo') ?? '')
  const lines = (readText(`/proc/${process}/cgroup`) ?? '').split('\n').map(line => line.split(':'))
  const folders = (controller: string): string[] => {
    const v1 = mounts.find(({ controllers }) => controllers.includes(controller))
    const mount = v1 ?? mounts.find(({ version }) => version === 2)
    const line = lines.find(([id, names]) =>
      v1 ? names?.split(',').includes(controller) : id === '0' && names === '',
    )
    return mount && line ? foldersOf(mount.mountPoint, line.slice(2).join(':')) : []
  }
  return { ...readLimit(folders('memory')), ...readTurns(folders('cpu')) }
}

/** The folder of a cgroup, then those above it. */
function foldersOf(mountPoint: string, path: string): string[] {
  const parts = posix.normalize(path).split('/').filter(Boolean)
  return [...parts.keys(), parts.length].reverse().map(n => posix.join(mountPoint, ...parts.slice(0, n)))
}

function readLimit(folders: readonly string[]): MemoryFacts {
  let tightest: MemoryFacts = {}
  for (const folder of folders) {
    const limit =
      readNumber(`${folder}/memory.max`) ?? readNumber(`${folder}/memory.limit_in_bytes`) ?? NO_LIMIT_BYTES
    if (limit >= NO_LIMIT_BYTES || limit >= (tightest.limitBytes ?? Number.POSITIVE_INFINITY)) continue
    const events = readText(`${folder}/memory.events`) ?? readText(`${folder}/memory.oom_control`) ?? ''
    const used = readNumber(`${folder}/memory.current`) ?? readNumber(`${folder}/memory.usage_in_bytes`)
    const cached = /^(?:total_)?inactive_file (\d+)$/m.exec(readText(`${folder}/memory.stat`) ?? '')?.[1]
    tightest = {
      cgroup: folder,
      limitBytes: limit,
      usedBytes: used === undefined ? undefined : Math.max(0, used - Number(cached ?? 0)),
      kills: Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0),
    }
  }
  return tightest
}

function readTurns(folders: readonly string[]): Pick<MemoryFacts, 'cpuLimit' | 'throttledShare'> {
  for (const folder of folders) {
    const [quota, period] = (readText(`${folder}/cpu.max`) ?? '').trim().split(' ').map(Number)
    const limit =
      quota! / period! ||
      readNumber(`${folder}/cpu.cfs_quota_us`)! / readNumber(`${folder}/cpu.cfs_period_us`)!
    if (!(limit > 0)) continue
    const stat = readText(`${folder}/cpu.stat`) ?? ''
    const count = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
    return { cpuLimit: limit, throttledShare: count('nr_throttled') / (count('nr_periods') || 1) }
  }
  return {}
}

/** Which cgroup hierarchy names the containers, and what the cgroup of a process allows it. */
import { existsSync } from 'node:fs'
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import type { HostRoots } from '../../../kernel/cgroups/roots.ts'
import { readNumber, readText } from '../../../pipeline/cgroups/files.ts'
import { cgroupFolders } from '../../../pipeline/cgroups/folders.ts'
import { type MemoryLimit, readMemoryLimit } from '../../../pipeline/cgroups/memory-limit.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import type { CgroupFacts, MemoryFacts } from '../facts.ts'

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

/** Limits of a process's cgroup and of those above it: the tightest counts. */
export function readMemory(process: number | 'self'): MemoryFacts {
  return { ...readUse(readMemoryLimit({ process })), ...readTurns(cgroupFolders({ process }, 'cpu')) }
}

function readUse(limit: MemoryLimit | undefined): MemoryFacts {
  if (!limit) return {}
  const { cgroup, bytes: limitBytes } = limit
  const events = readText(`${cgroup}/memory.events`) ?? readText(`${cgroup}/memory.oom_control`) ?? ''
  const used = readNumber(`${cgroup}/memory.current`) ?? readNumber(`${cgroup}/memory.usage_in_bytes`)
  const cached = /^(?:total_)?inactive_file (\d+)$/m.exec(readText(`${cgroup}/memory.stat`) ?? '')?.[1]
  return {
    cgroup,
    limitBytes,
    usedBytes: used === undefined ? undefined : Math.max(0, used - Number(cached ?? 0)),
    kills: Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0),
  }
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

/** The registry of this host: its real file systems and clock behind the parts of this folder. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cgroupPath } from '../../../native/index.ts'
import { type CgroupHierarchy, detectHierarchy, toSubsystem } from './hierarchy.ts'
import { CgroupRegistry, type RegistryLimits } from './registry.ts'
import { readCgroupTree, type TreeEntry } from './tree.ts'

/** Processes whose cgroups are looked at to tell which hierarchy has the containers. */
const MAX_SAMPLES = 5000

export interface HostHierarchy extends CgroupHierarchy {
  /** See `toSubsystem`. */
  readonly subsystem: number
}

/** Looks at /proc and /sys. Throws HOST_UNSUPPORTED where no cgroup hierarchy can be used. */
export function readHierarchy(proc = '/proc', btfPath = '/sys/kernel/btf/vmlinux'): HostHierarchy {
  const hierarchy = detectHierarchy({
    mountinfo: readFileSync(`${proc}/self/mountinfo`, 'utf8'),
    selfCgroup: readFileSync(`${proc}/self/cgroup`, 'utf8'),
    namespace: readlinkSync(`${proc}/self/ns/cgroup`),
    processCgroups: readProcessCgroups(proc),
  })
  // The types are large, and v2 needs none of them.
  const subsystem = hierarchy.version === 2 ? -1 : toSubsystem(hierarchy, readFileSync(btfPath))
  return { ...hierarchy, subsystem }
}

function* readProcessCgroups(proc: string): Generator<string> {
  const pids = readdirSync(proc).filter(name => /^\d+$/.test(name))
  for (const pid of pids.slice(-MAX_SAMPLES)) {
    try {
      yield readFileSync(`${proc}/${pid}/cgroup`, 'utf8')
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** A registry that looks cgroups up in the hierarchy's file system. Empty: call `readTree` once births are being read. */
export function createRegistry(
  hierarchy: CgroupHierarchy,
  nowMs: () => number,
  options: { readonly limits?: Partial<RegistryLimits>; readonly keepsPaths?: boolean } = {},
): CgroupRegistry {
  const { mountPoint, prefix } = hierarchy
  const whole = (path: string): string => (prefix === '' ? path : `${prefix}${path === '/' ? '' : path}`)
  return new CgroupRegistry({
    nowMs,
    pathOf(id) {
      const path = cgroupPath(mountPoint, id)
      return path === undefined ? undefined : whole(path)
    },
    walk: () => withPaths(readCgroupTree(mountPoint), whole),
    isWholeTree: hierarchy.isWhole,
    ...options,
  })
}

function* withPaths(entries: Iterable<TreeEntry>, whole: (path: string) => string): Generator<TreeEntry> {
  for (const { key, path } of entries) yield { key, path: whole(path) }
}

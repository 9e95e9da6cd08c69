/** The registry of this host: its real file systems and clock behind the parts of this folder. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { cgroupPath } from '../../native/process.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { type CgroupKey, isV1Key, toInode, toV1Key } from './cgroup-key.ts'
import { type CgroupHierarchy, detectHierarchy, type HierarchySources, toSubsystem } from './hierarchy.ts'
import { rootsPlace } from './place.ts'
import { CgroupRegistry, type RegistryOptions } from './registry.ts'
import { isContained } from './resource.ts'
import type { HostRoots } from './roots.ts'
import { readCgroupTree, type TreeEntry } from './tree.ts'

interface NumberedHierarchy extends CgroupHierarchy {
  /** See `toSubsystem`. */
  readonly subsystem: number
}

export interface HostHierarchy extends NumberedHierarchy {
  /** On a host with both versions: the v1 hierarchy, where containers can be that v2 does not know. */
  readonly v1?: NumberedHierarchy
}

/** Looks at the host's /proc and /sys. Throws HOST_UNSUPPORTED where no cgroup hierarchy can be used. */
export function readHierarchy(
  { proc, cgroup }: HostRoots = { proc: '/proc' },
  btfPath = '/sys/kernel/btf/vmlinux',
): HostHierarchy {
  const { v1, ...main } = detectHierarchy({
    ...readSelf(proc),
    ...(cgroup !== undefined && { below: cgroup }),
  })
  // The types are large, and v2 needs none of them.
  const btf = main.version === 1 || v1 ? readFileSync(btfPath) : new Uint8Array()
  const numbered = { ...main, subsystem: toSubsystem(main, btf) }
  return v1 ? { ...numbered, v1: { ...v1, subsystem: toSubsystem(v1, btf) } } : numbered
}

/** Reads what the kernel tells this process about itself; `proc` may be the host's. */
function readSelf(proc: string): HierarchySources {
  try {
    return {
      mountinfo: readFileSync(`${proc}/self/mountinfo`, 'latin1'),
      selfCgroup: readFileSync(`${proc}/self/cgroup`, 'latin1'),
      namespace: readlinkSync(`${proc}/self/ns/cgroup`),
    }
  } catch (cause) {
    const reason = (cause as Error).message
    throw new SwollError(
      'HOST_UNSUPPORTED',
      `${proc}: must be the /proc of the host, and cannot be read (${reason}); mount it there, or correct root_path or proc_path of the ebpf receiver`,
      { cause },
    )
  }
}

/** A registry that looks cgroups up in the hierarchy's file system. Empty: call `readTree` once births are being read. */
export function createRegistry(
  hierarchy: HostHierarchy,
  nowMs: () => number,
  options: Pick<RegistryOptions, 'named' | 'forgotten' | 'limits'> = {},
): CgroupRegistry {
  const homeOf = (key: CgroupKey): CgroupHierarchy =>
    hierarchy.v1 && isV1Key(key) ? hierarchy.v1 : hierarchy
  return new CgroupRegistry({
    nowMs,
    pathOf(key) {
      const { mountPoint, prefix } = homeOf(key)
      const below = cgroupPath(Buffer.from(mountPoint, 'latin1').toString(), toInode(key))
      return below === undefined ? undefined : joined(prefix, below)
    },
    uidOf(key, path) {
      const { mountPoint, prefix } = homeOf(key)
      return readUid(mountPoint + path.slice(prefix.length))
    },
    walk: () => walk(hierarchy),
    isWholeTree: hierarchy.isWhole,
    ...options,
  })
}

/** For `RegistryOptions.named`: has the kernel count calls for the v1 cgroups of containers, and for no others, beside v2. */
export function tellV1Containers(
  { v1 }: HostHierarchy,
  kernel: { setV1Container(cgroup: bigint, isContainer: boolean): void },
): (key: CgroupKey, resource: Resource) => void {
  if (!v1) return () => {}
  return (key, resource) => {
    if (isV1Key(key)) kernel.setV1Container(BigInt(key), isContained(resource))
  }
}

function readUid(folder: string): number | undefined {
  try {
    return lstatSync(Buffer.from(folder, 'latin1'), { throwIfNoEntry: false })?.uid
  } catch {
    return undefined // Out of sight: longer than a path may be, or in a folder that was shut.
  }
}

function joined(prefix: string, below: string): string {
  return prefix === '' ? below : `${prefix}${below === '/' ? '' : below}`
}

function* walk({ mountPoint, prefix, v1 }: HostHierarchy): Generator<TreeEntry> {
  yield* readCgroupTree(mountPoint, rootsPlace(joined(prefix, '/')))
  if (!v1) return
  for (const { key, place } of readCgroupTree(v1.mountPoint, rootsPlace(joined(v1.prefix, '/'))))
    yield { key: toV1Key(BigInt(key)), place }
}

/** Finds the cgroup hierarchy that names the containers of this host, from the mounts and cgroups in /proc (proc(5), cgroups(7)). */
import { type CgroupMount, readCgroupMounts } from '../../pipeline/cgroups/mounts.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { readEnumValue } from './btf-enum.ts'

/** Paths have a character per byte (names.ts). */
export interface CgroupHierarchy {
  readonly version: 1 | 2
  /** v1: the controller by which the kernel finds a task's cgroup. */
  readonly controller?: string
  /** The number in /proc/self/cgroup; 0 is v2. */
  readonly id: number
  /** Folder of the cgroup that a walk begins with. */
  readonly mountPoint: string
  /** The text before the paths of a walk: empty, unless only a part of the hierarchy is mounted. */
  readonly prefix: string
  /** Whether the mount shows the whole hierarchy. */
  readonly isWhole: boolean
}

/** v1 controllers, the ones that every runtime and systemd use first. `name=systemd` has no place in a task's css_set. */
const CONTROLLERS = 'pids memory cpu cpuacct devices freezer blkio cpuset perf_event net_cls'.split(' ')

/** The target of /proc/PID/ns/cgroup outside of all containers (PROC_CGROUP_INIT_INO, linux/proc_ns.h). */
const INITIAL_NAMESPACE = 'cgroup:[4026531835]'
/** Controllers whose name in the kernel's types is not that of the file system. */
const TYPE_NAMES: Readonly<Record<string, string>> = { blkio: 'io' }

export interface HierarchySources {
  /** /proc/self/mountinfo. */
  readonly mountinfo: string
  /** /proc/self/cgroup. */
  readonly selfCgroup: string
  /** The target of /proc/self/ns/cgroup. */
  readonly namespace: string
  /** Only mounts here or below count; absent: all. */
  readonly below?: string
}

export interface Hierarchies extends CgroupHierarchy {
  /** On a host with both versions: the v1 hierarchy, where containers can be that v2 does not know. */
  readonly v1?: CgroupHierarchy
}

/**
 * cgroup v2 where it is mounted, and beside it a v1 controller's hierarchy if the host has both: a runtime that knows v1 only may
 * come at any time. Else v1 alone. Throws HOST_UNSUPPORTED when there is neither.
 */
export function detectHierarchy(sources: HierarchySources): Hierarchies {
  const { below } = sources
  const mounts = readCgroupMounts(sources.mountinfo).filter(mount => isBelow(mount, below))
  const lines = readCgroupLines(sources.selfCgroup)
  const v2 = best(mounts.filter(mount => mount.version === 2))
  const isInitial = sources.namespace === INITIAL_NAMESPACE
  const v1 = findV1(mounts, lines, isInitial)
  if (v2 !== undefined) return { version: 2, id: 0, ...toPlace(v2, isInitial), ...(v1 && { v1 }) }
  if (v1 !== undefined) return v1
  throw new SwollError(
    'HOST_UNSUPPORTED',
    `cgroup file system: must be mounted${below === undefined ? '' : ` at ${below} or below`}, and neither cgroup2 nor a cgroup controller is; mount the host’s /sys/fs/cgroup`,
  )
}

function isBelow({ mountPoint }: CgroupMount, folder: string | undefined): boolean {
  return folder === undefined || mountPoint === folder || mountPoint.startsWith(`${folder}/`)
}

/** Index of the hierarchy's controller in the kernel's css_set::subsys, or -1 for v2. `btf` is /sys/kernel/btf/vmlinux. */
export function toSubsystem({ controller }: CgroupHierarchy, btf: Uint8Array): number {
  if (controller === undefined) return -1
  const member = `${TYPE_NAMES[controller] ?? controller}_cgrp_id`
  const index = readEnumValue(btf, 'cgroup_subsys_id', member)
  if (index !== undefined) return index
  throw new SwollError(
    'HOST_UNSUPPORTED',
    `kernel types: enum cgroup_subsys_id must have ${member}, and has not`,
  )
}

function findV1(
  mounts: readonly CgroupMount[],
  lines: readonly CgroupLine[],
  isInitial: boolean,
): CgroupHierarchy | undefined {
  for (const controller of CONTROLLERS) {
    const mount = best(mounts.filter(({ controllers }) => controllers.includes(controller)))
    const line = lines.find(({ controllers }) => controllers.includes(controller))
    if (mount !== undefined && line !== undefined) {
      return { version: 1, controller, id: line.hierarchyId, ...toPlace(mount, isInitial) }
    }
  }
  return undefined
}

/** Returns the mount of a hierarchy that shows most: from above this namespace, else its root, else a part. */
function best(mounts: readonly CgroupMount[]): CgroupMount | undefined {
  const rank = ({ root }: CgroupMount): number => {
    if (isAbove(root)) return -root.length
    return root === '/' ? 0 : root.length
  }
  return mounts.toSorted((a, b) => rank(a) - rank(b) || a.mountPoint.length - b.mountPoint.length)[0]
}

function isAbove(root: string): boolean {
  return root === '/..' || root.startsWith('/../')
}

function toPlace(
  { mountPoint, root }: CgroupMount,
  isInitial: boolean,
): Pick<CgroupHierarchy, 'mountPoint' | 'prefix' | 'isWhole'> {
  const isPart = root !== '/' && !isAbove(root)
  return { mountPoint, prefix: isPart ? root : '', isWhole: isInitial && root === '/' }
}

interface CgroupLine {
  readonly hierarchyId: number
  /** Empty: the v2 hierarchy. */
  readonly controllers: readonly string[]
  readonly path: string
}

/** Lines of a /proc/PID/cgroup; what does not read as one is left out. */
function readCgroupLines(text: string): CgroupLine[] {
  const lines: CgroupLine[] = []
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (id === undefined) continue
    lines.push({
      hierarchyId: Number(id),
      controllers: controllers === '' ? [] : controllers!.split(','),
      path: path!,
    })
  }
  return lines
}

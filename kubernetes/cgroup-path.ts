/** The cgroup path grammar: which container, pod or systemd unit a cgroup belongs to, from its path alone. */
import { containerAt } from './cgroup-container.ts'
import type { CgroupIdentity } from './cgroup-identity.ts'
import { podAt } from './cgroup-pod.ts'

export type { CgroupIdentity } from './cgroup-identity.ts'

/** The kernel shows no longer path (PATH_MAX); what is beyond is not read. */
const PATH_LIMIT = 4096
/** `<slice>:<prefix>:<id>`: what a runtime that expects cgroupfs makes of a path meant for systemd. */
const COLONS = /^([^:]+):([^:]+):([^:]+)$/
/** Unit types that own cgroups, slices aside (systemd.unit(5)). */
const UNIT = /\.(?:service|scope|socket|mount|swap)$/

/**
 * Identity of a cgroup path as `/proc/PID/cgroup` or a walk of the cgroup file system gives it; never throws, and takes
 * time linear in the length. Nested cgroups (systemd or Docker in a container) belong to the enclosing container. The
 * one exception is a kubelet inside a container (kind, k3d, minikube): there the pod's container is meant. The first
 * pod of a path decides, so that a pod cannot pass its cgroups off as another's. A path seen from another cgroup
 * namespace (`/../../…`) is read as far as it goes, a ` (deleted)` mark is dropped.
 */
export function parseCgroupPath(path: string): CgroupIdentity {
  const names = toNames(path)
  const segments = names.flatMap(expand)
  for (let i = 0; i < segments.length; i++) {
    const pod = podAt(segments, i)
    if (pod !== undefined) return pod
  }
  for (let i = 0; i < segments.length; i++) {
    const container = containerAt(segments, i)
    if (container !== undefined) return { kind: 'container', ...container }
  }
  const unit = toUnit(segments)
  return unit === undefined ? { kind: 'other', path: `/${names.join('/')}` } : { kind: 'unit', unit }
}

function toNames(path: string): string[] {
  const whole = path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path
  const cut = whole.length > PATH_LIMIT ? whole.slice(0, whole.lastIndexOf('/', PATH_LIMIT) + 1) : whole
  const names = cut.split('/').filter(name => name !== '')
  const first = names.findIndex(name => name !== '..')
  return first === -1 ? [] : names.slice(first)
}

function expand(name: string): string[] {
  const [, slice, prefix, id] = COLONS.exec(name) ?? []
  return slice === undefined ? [name] : [slice, `${prefix}-${id}.scope`]
}

/** As sd_pid_get_unit(3): slices first, then the unit; what follows is the unit's own business. */
function toUnit(segments: readonly string[]): string | undefined {
  let unit: string | undefined
  for (const segment of segments) {
    // systemd puts a `_` before names that could be taken for a file of the kernel's
    const name = segment.startsWith('_') ? segment.slice(1) : segment
    if (UNIT.test(name)) return name
    if (!name.endsWith('.slice')) return unit
    unit = name
  }
  return unit
}

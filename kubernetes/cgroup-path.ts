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

/** The manager of a user's own services: what is below was named by the user (`user@0.service` is root's). */
const USER_MANAGER = /^user@(?!0\.)[^.]*\.service$/

/**
 * Identity of a cgroup path as `/proc/PID/cgroup` or a walk of the cgroup file system gives it; never throws, and takes
 * time linear in the length. Nested cgroups (systemd or Docker in a container) belong to the enclosing container. The
 * one exception is a kubelet inside a container (kind, k3d, minikube): there the pod's container is meant. The first
 * pod of a path decides, so that a pod cannot pass its cgroups off as another's. A path seen from another cgroup
 * namespace (`/../../…`) is read as far as it goes, a ` (deleted)` mark is dropped.
 *
 * Only the first `believed` names were chosen by root. What comes after them makes nobody a pod or a unit, and a container only
 * with the addition to whom it was delegated.
 */
export function parseCgroupPath(path: string, believed = Number.POSITIVE_INFINITY): CgroupIdentity {
  const { names, skipped } = toNames(path)
  const segments = names.flatMap(expand)
  const ours = segments.slice(0, countBelieved(names, believed - skipped))
  for (let i = 0; i < ours.length; i++) {
    const pod = podAt(ours, i)
    if (pod !== undefined) return pod
  }
  for (let i = 0; i < ours.length; i++) {
    const container = containerAt(ours, i)
    if (container !== undefined) return { kind: 'container', ...container }
  }
  const unit = toUnit(ours)
  for (let i = ours.length; i < segments.length; i++) {
    const container = containerAt(segments, i)
    const delegatedTo = unit ?? `/${ours.join('/')}`
    if (container !== undefined) return { kind: 'container', ...container, delegatedTo }
  }
  return unit === undefined ? { kind: 'other', path: `/${names.join('/')}` } : { kind: 'unit', unit }
}

/** Segments that root has named: all, or up to the manager of a user's services, whoever owns its folder just now. */
function countBelieved(names: readonly string[], believed: number): number {
  const manager = names.findIndex(name => USER_MANAGER.test(name))
  const end = Math.min(Math.max(believed, 0), manager === -1 ? names.length : manager + 1)
  return names.slice(0, end).flatMap(expand).length
}

/** Splits a path into names; `skipped` counts the `..` at its start. */
function toNames(path: string): { readonly names: string[]; readonly skipped: number } {
  const whole = path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path
  const cut = whole.length > PATH_LIMIT ? whole.slice(0, whole.lastIndexOf('/', PATH_LIMIT) + 1) : whole
  const names = cut.split('/').filter(name => name !== '')
  const first = names.findIndex(name => name !== '..')
  const skipped = first === -1 ? names.length : first
  return { names: names.slice(skipped), skipped }
}

function expand(name: string): string[] {
  const [, slice, prefix, id] = COLONS.exec(name) ?? []
  return slice === undefined ? [name] : [slice, `${prefix}-${id}.scope`]
}

/** Returns the unit that sd_pid_get_unit(3) would: slices come first, then the unit; cgroups below it are the unit's own. */
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

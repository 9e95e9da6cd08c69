/** The part of the cgroup path grammar that the kubelet makes: QoS classes and pods. */
import { containerAt } from './cgroup-container.ts'
import type { CgroupIdentity } from './cgroup-identity.ts'

/** A UUID, or the hash that static pods get instead. */
const UID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/
/** A uid that the kubelet accepts (a static pod may choose its own), without characters that a cgroup's name cannot hold. */
const LOOSE_UID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/
/** Slices of pods end so, whatever --cgroup-root puts before: the parent is kubepods or one of its QoS classes. */
const SLICE_PARENT = /(?:^|-)kubepods(?:-burstable|-besteffort)?$/

/**
 * The pod that segment `i` stands for, or the container in it if the next segment is one; undefined if segment `i` is
 * no pod. Drivers: cgroupfs (`pod<uid>`), systemd (`kubepods-burstable-pod<uid with _ for ->.slice`).
 */
export function podAt(segments: readonly string[], i: number): CgroupIdentity | undefined {
  const podUid = sliceUid(segments[i]!) ?? directoryUid(segments, i)
  if (podUid === undefined) return undefined
  const container = containerAt(segments, i + 1)
  return container === undefined ? { kind: 'pod', podUid } : { kind: 'container', ...container, podUid }
}

function sliceUid(name: string): string | undefined {
  const stem = name.endsWith('.slice') ? name.slice(0, -'.slice'.length) : name
  const at = stem.lastIndexOf('-pod')
  if (at === -1 || !SLICE_PARENT.test(stem.slice(0, at))) return undefined
  const uid = stem.slice(at + '-pod'.length).replaceAll('_', '-')
  return LOOSE_UID.test(uid) ? uid : undefined
}

function directoryUid(segments: readonly string[], i: number): string | undefined {
  const name = segments[i]!
  if (!name.startsWith('pod')) return undefined
  const uid = name.slice('pod'.length)
  // Seen from within a container the parents may be missing; then only the usual forms count.
  return (isQosClass(segments, i - 1) ? LOOSE_UID : UID).test(uid) ? uid : undefined
}

function isQosClass(segments: readonly string[], i: number): boolean {
  const name = segments[i]
  return (
    name === 'kubepods' || ((name === 'burstable' || name === 'besteffort') && segments[i - 1] === 'kubepods')
  )
}

/** What a trace asks of the store of pods. */
import { isDelegated } from '../../kubernetes/pods/delegated.ts'
import type { Pod } from '../../kubernetes/pods/pod.ts'
import type { Place } from '../../kubernetes/pods/pod-index.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { Places } from './targets.ts'

/** Where a pod opts out of being watched, as label or annotation. */
const OPT_OUT = { key: 'swoll', value: 'false' } as const
/** A pod that is not known for so long may never be: the events of its containers wait a little longer. */
const OVERDUE_MS = 3000
/** A container whose name does not come in this time, though its pod is known, has none: it is the pause container. */
const NAMELESS_MS = 3000
const MAX_WAITING = 4096

/** What the store of pods has of a container. */
export interface KnownContainer {
  readonly namespace: string
  readonly pod: string
  readonly labels: Readonly<Record<string, string>>
  /** Absent: the pod's own cgroup, or its pause container. */
  readonly container: string | undefined
  readonly image: string | undefined
}

export interface PodView extends Places {
  findName(resource: Resource): KnownContainer | undefined
}

/** No pods are known, and none will be: nothing waits for a name. */
export const NO_PODS: PodView = {
  findPlace: () => ({ namespace: '', pod: '', labels: {}, fields: {}, isOptedOut: false, container: null }),
  isOverdue: () => true,
  findName: () => undefined,
}

export function createPodView(store: PodStore, nowMs: () => number): PodView {
  store.keepAnnotations(key => key === OPT_OUT.key)
  /** By id of the container, and by that of the resource where the pod is not known. */
  const waitingSince = new Map<string, number>()
  let isMissed = false
  let version = 0

  function waitedMs(id: string): number {
    if (waitingSince.size > MAX_WAITING) waitingSince.clear() // they wait anew
    const sinceMs = waitingSince.get(id) ?? nowMs()
    waitingSince.set(id, sinceMs)
    return nowMs() - sinceMs
  }
  /** Undefined: its name may yet come. */
  const nameOf = (id: string): null | undefined => (waitedMs(id) < NAMELESS_MS ? undefined : null)

  return {
    findPlace(resource) {
      const place = findPlace(store, resource)
      if (!place?.pod) {
        isMissed = true
        store.refresh()
        return undefined
      }
      const { pod, container } = place
      const { namespace, name, labels, fields } = pod
      const id = resource.attributes['container.id']
      const isPause = typeof id !== 'string' || pod.sandboxes.includes(id)
      const own = container ? container.name : isPause ? null : nameOf(id)
      if (own === undefined) isMissed = true
      else if (typeof id === 'string') waitingSince.delete(id)
      waitingSince.delete(resource.id)
      return { namespace, pod: name, labels, fields, isOptedOut: isOptedOut(pod), container: own }
    },
    isOverdue: ({ id }) => waitedMs(id) >= OVERDUE_MS,
    findName(resource) {
      const place = findPlace(store, resource)
      if (!place?.pod) return undefined
      const { pod, container } = place
      const { namespace, name, labels } = pod
      return { namespace, pod: name, labels, container: container?.name, image: container?.image }
    },
    hasChanged() {
      const { added, updated, deleted } = store.stats()
      const now = added + updated + deleted
      const is = isMissed || now !== version
      isMissed = false
      version = now
      return is
    },
  }
}

function isOptedOut({ labels, annotations }: Pod): boolean {
  const { key, value } = OPT_OUT
  return labels[key] === value || annotations[key] === value
}

/** Looks for the container a resource is, by the id of the container, else for its pod. A user's container is in no pod of this node. */
function findPlace(store: PodStore, { attributes }: Resource): Partial<Place> | undefined {
  if (isDelegated(attributes)) return undefined
  const id = attributes['container.id']
  const place = typeof id === 'string' ? store.index.byContainer(id) : undefined
  if (place) return place
  const uid = attributes['k8s.pod.uid']
  const pod = typeof uid === 'string' ? store.index.byUid(uid) : undefined
  return pod && { pod }
}

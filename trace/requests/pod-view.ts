/** Answers the questions that a trace has for the store of pods. */
import { isDelegated } from '../../kubernetes/pods/delegated.ts'
import type { Pod } from '../../kubernetes/pods/pod.ts'
import type { Place } from '../../kubernetes/pods/pod-index.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { type Consent, hasOptedOut, POD_CONSENT } from './consent.ts'
import type { Places, PodPlace } from './targets.ts'

/** A pod that is not known for so long may never be: the events of its containers wait a little longer. */
const OVERDUE_MS = 3000
/** A container whose name does not come in this time, though its pod is known, has none: it is the pause container. */
const NAMELESS_MS = 3000
const MAX_WAITING = 4096

/** The entry of a container in the store of pods. */
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

/** `consent`: what pods and namespaces have to say; absent: pods alone, which may opt out. */
export function createPodView(store: PodStore, nowMs: () => number, consent?: Consent): PodView {
  store.keepAnnotations(key => key === POD_CONSENT)
  return new StoreView(store, nowMs, consent)
}

class StoreView implements PodView {
  readonly #store: PodStore
  readonly #nowMs: () => number
  /** By id of the container, and by that of the resource where the pod is not known. */
  readonly #waitingSince = new Map<string, number>()
  readonly #consent: Consent | undefined
  #isMissed = false
  #version = 0

  constructor(store: PodStore, nowMs: () => number, consent: Consent | undefined) {
    this.#store = store
    this.#nowMs = nowMs
    this.#consent = consent
  }

  findPlace(resource: Resource): PodPlace | undefined {
    const place = findPlace(this.#store, resource)
    if (!place?.pod) {
      this.#isMissed = true
      this.#store.refresh()
      return undefined
    }
    const { pod } = place
    const consent = this.#consent?.of(pod) ?? (hasOptedOut(pod) ? 'no' : 'yes')
    if (consent === 'unknown') {
      this.#isMissed = true
      return undefined
    }
    const { namespace, name, labels, fields } = pod
    const container = this.#nameOf(resource, pod, place.container?.name)
    if (container === undefined) this.#isMissed = true
    this.#waitingSince.delete(resource.id)
    return { namespace, pod: name, labels, fields, isOptedOut: consent === 'no', container }
  }

  isOverdue(resource: Resource): boolean {
    // Whose consent is not known has not given it.
    if (this.#consent && (this.#consent.isRequired || findPlace(this.#store, resource)?.pod)) return false
    return this.#waitedMs(resource.id) >= OVERDUE_MS
  }

  findName(resource: Resource): KnownContainer | undefined {
    const place = findPlace(this.#store, resource)
    if (!place?.pod) return undefined
    const { pod, container } = place
    const { namespace, name, labels } = pod
    return { namespace, pod: name, labels, container: container?.name, image: container?.image }
  }

  hasChanged(): boolean {
    const { added, updated, deleted } = this.#store.stats()
    const now = added + updated + deleted
    const hasOtherConsent = this.#consent?.hasChanged() ?? false
    const is = this.#isMissed || hasOtherConsent || now !== this.#version
    this.#isMissed = false
    this.#version = now
    return is
  }

  /** Null: it has none; undefined: its name may yet come. */
  #nameOf({ attributes }: Resource, pod: Pod, known: string | undefined): string | null | undefined {
    const id = attributes['container.id']
    if (typeof id !== 'string') return known ?? null
    const isNameless = known === undefined && !pod.sandboxes.includes(id) && this.#waitedMs(id) < NAMELESS_MS
    if (isNameless) return undefined
    this.#waitingSince.delete(id)
    return known ?? null
  }

  #waitedMs(id: string): number {
    if (this.#waitingSince.size > MAX_WAITING) this.#waitingSince.clear() // they wait anew
    const nowMs = this.#nowMs()
    const sinceMs = this.#waitingSince.get(id) ?? nowMs
    this.#waitingSince.set(id, sinceMs)
    return nowMs - sinceMs
  }
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

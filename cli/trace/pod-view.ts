/** What a trace asks of the store of pods. */
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { PodPlace } from '../../receiver/ebpf/trace/targets.ts'
import type { KnownContainer } from './names.ts'
import { findPlace } from './pods.ts'

/** A container whose name does not come in this time, though its pod is known, has none: it is the pause container. */
const NAMELESS_MS = 3000
const MAX_WAITING = 4096
/** How long the first list of pods may take. */
const SYNC_MS = 15_000

export interface PodView {
  findPlace(resource: Resource): PodPlace | undefined
  findName(resource: Resource): KnownContainer | undefined
  /** Whether pods came, went or changed, or somebody was looked for in vain, since this was asked last. */
  hasChanged(): boolean
}

/** No pods are known, and none will be: nothing waits for a name. */
export const NO_PODS: PodView = {
  findPlace: () => ({ namespace: '', pod: '', labels: {}, fields: {}, container: null }),
  findName: () => undefined,
  hasChanged: () => false,
}

export function createPodView(store: PodStore, nowMs: () => number): PodView {
  const waitingSince = new Map<string, number>()
  let isMissed = false
  let version = 0

  /** Undefined: its name may yet come. */
  function nameOf(id: string): null | undefined {
    if (waitingSince.size > MAX_WAITING) waitingSince.clear() // they wait anew
    const sinceMs = waitingSince.get(id) ?? nowMs()
    waitingSince.set(id, sinceMs)
    return nowMs() - sinceMs < NAMELESS_MS ? undefined : null
  }

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
      return { namespace, pod: name, labels, fields, container: own }
    },
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

/** Resolves when all pods of the node have been read. Rejects with why that fails, with what to do. */
export async function waitForPods(store: PodStore, clock: Clock, abort: AbortSignal): Promise<void> {
  store.start()
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      if (store.isSynced || abort.aborted) done(resolve)
      else if (store.problem) done(() => reject(explain(store.problem!.message, store.problem!)))
    }
    const cancel = clock.after(SYNC_MS, () =>
      done(() => reject(explain(`pods must be read within ${SYNC_MS / 1000} s, and were not`))),
    )
    const unsubscribe = store.subscribe(check)
    abort.addEventListener('abort', check)
    function done(finish: () => void): void {
      cancel()
      unsubscribe()
      abort.removeEventListener('abort', check)
      finish()
    }
    check()
  })
}

function explain(problem: string, cause?: Error): SwollError {
  const remedy = 'give --kubeconfig or --cri, or select containers by id with -c'
  return new SwollError('KUBERNETES_API_FAILED', `${problem}; ${remedy}`, { cause })
}

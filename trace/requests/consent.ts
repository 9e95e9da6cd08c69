/** Who wants to be traced, and who does not: what pods say for themselves, and namespaces for all of theirs. */
import type { ObjectMetadata } from '../../kubernetes/client/api-client.ts'
import type { ObjectCache } from '../../kubernetes/pods/object-cache.ts'
import type { Pod } from '../../kubernetes/pods/pod.ts'

/** Label or annotation of a pod: `false`: it opts out; `true`: it agrees. */
export const POD_CONSENT = 'swoll'
/** Annotation or label of a namespace: `allow` or `deny`. */
export const NAMESPACE_CONSENT = 'swoll.criticalstack.com/trace'
/** So late an agent learns what a namespace says by now. */
const FRESH_MS = 30_000
/** Namespaces that are looked at again and again: more than a node has pods. */
const MAX_SAID = 4096

type Answer = 'yes' | 'no' | 'unknown'

/** Which pods may be traced. */
export interface Consent {
  /** Silence is no. */
  readonly isRequired: boolean
  /** `unknown`: not before the namespace has been read; ask again then. */
  of(pod: Pick<Pod, 'namespace' | 'labels' | 'annotations'>): Answer
  /** Whether a namespace that was asked for says something else than when this was asked last. */
  hasChanged(): boolean
}

interface ConsentOptions {
  /** Absent: nothing is known of namespaces. */
  readonly objects: Pick<ObjectCache, 'get'> | undefined
  readonly isRequired: boolean
}

export function createConsent({ objects, isRequired }: ConsentOptions): Consent {
  /** What was acted upon, by namespace. */
  const said = new Map<string, string | undefined>()
  const read = (namespace: string) =>
    objects ? readConsent(objects.get(namespaceObject(namespace), FRESH_MS)) : undefined
  return {
    isRequired,
    of(pod) {
      if (hasOptedOut(pod)) return 'no'
      const { namespace } = pod
      const word = read(namespace)
      if (said.size >= MAX_SAID) said.clear()
      said.set(namespace, word)
      if (word === 'unknown') return 'unknown'
      if (word === 'deny') return 'no'
      return !isRequired || word === 'allow' || says(pod, 'true') ? 'yes' : 'no'
    },
    hasChanged() {
      const changed = [...said].filter(([namespace, word]) => read(namespace) !== word)
      for (const [namespace] of changed) said.delete(namespace)
      return changed.length > 0
    },
  }
}

/** Whether nothing of a namespace may be traced, whatever its pods say. False also where it cannot be told now. */
export async function isDenied(namespace: string, objects: Pick<ObjectCache, 'fetched'>): Promise<boolean> {
  return readConsent(await objects.fetched(namespaceObject(namespace), FRESH_MS)) === 'deny'
}

export function hasOptedOut(pod: Pick<Pod, 'labels' | 'annotations'>): boolean {
  return says(pod, 'false')
}

function says({ labels, annotations }: Pick<Pod, 'labels' | 'annotations'>, word: string): boolean {
  return labels[POD_CONSENT] === word || annotations[POD_CONSENT] === word
}

/** Undefined: it says nothing, is not there, or may not be read. */
function readConsent(metadata: ObjectMetadata | null | undefined): string | undefined {
  if (metadata === undefined) return 'unknown'
  return metadata?.annotations?.[NAMESPACE_CONSENT] ?? metadata?.labels?.[NAMESPACE_CONSENT]
}

function namespaceObject(name: string) {
  return { group: '', version: 'v1', resource: 'namespaces', name }
}

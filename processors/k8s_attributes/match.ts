/** Which pod, and which container of it, a resource is. */
import { isDelegated } from '../../kubernetes/pods/delegated.ts'
import type { Container, Pod } from '../../kubernetes/pods/pod.ts'
import type { PodIndex } from '../../kubernetes/pods/pod-index.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Association } from './config.ts'

export interface Match {
  readonly pod: Pod
  readonly container: Container | undefined
  readonly containerId: string | undefined
  readonly restartCount: number | undefined
  /** False: the resource is a container that the pod does not list, or not yet. */
  readonly isComplete: boolean
}

const DEFAULT: readonly Association[] = [
  { sources: [{ from: 'resource_attribute', name: 'container.id' }] },
  { sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] },
]

/** Values that every pod has, extracted or not. */
const POD_VALUES: Readonly<Record<string, (pod: Pod) => string | undefined>> = {
  'k8s.pod.uid': pod => pod.uid,
  'k8s.pod.name': pod => pod.name,
  'k8s.namespace.name': pod => pod.namespace,
  'k8s.node.name': pod => pod.nodeName,
  'k8s.pod.ip': pod => pod.ip,
  ip: pod => pod.ip,
  'k8s.pod.hostname': pod => pod.hostname ?? pod.name,
  'host.name': pod => pod.hostname ?? pod.name,
}

export class Matcher {
  readonly #index: PodIndex
  readonly #rules: readonly Association[]
  readonly #isDefault: boolean
  readonly #extracted: (pod: Pod) => Attributes

  /** `extracted`: the attributes that a pod would be given, for rules that name such. */
  constructor(index: PodIndex, rules: readonly Association[], extracted: (pod: Pod) => Attributes) {
    this.#index = index
    this.#extracted = extracted
    this.#isDefault = rules.length === 0
    this.#rules = this.#isDefault ? DEFAULT : rules
  }

  /**
   * The first rule whose attributes the resource has all decides, also when no pod fits, as in the Collector. Only by default a
   * container that no pod lists yet is looked for by the uid of its pod as well.
   */
  match(attributes: Attributes): Match | undefined {
    for (const { sources } of this.#rules) {
      const pairs = sources.map(
        ({ from, name }) => [name!, from === 'connection' ? '' : text(attributes, name!)] as const,
      )
      if (pairs.some(([, value]) => value === '') || (this.#isDefault && isDelegated(attributes))) continue
      const pod = this.#find(pairs)
      if (pod) return this.#complete(pod, attributes)
      if (!this.#isDefault) return undefined
    }
    return undefined
  }

  #find(pairs: readonly (readonly [string, string])[]): Pod | undefined {
    const value = new Map(pairs)
    const containerId = value.get('container.id')
    const uid = value.get('k8s.pod.uid')
    const known =
      containerId !== undefined
        ? this.#index.byContainer(containerId)?.pod
        : uid !== undefined
          ? this.#index.byUid(uid)
          : undefined
    if (containerId !== undefined || uid !== undefined)
      return known && this.#hasAll(known, value) ? known : undefined
    for (const pod of this.#index.all()) if (this.#hasAll(pod, value)) return pod
    return undefined
  }

  #hasAll(pod: Pod, wanted: ReadonlyMap<string, string>): boolean {
    for (const [name, value] of wanted) {
      if (name === 'container.id') continue
      if (name === 'k8s.pod.uid' && pod.configHash === value) continue
      const own = POD_VALUES[name] ? POD_VALUES[name](pod) : text(this.#extracted(pod), name)
      if (own !== value) return false
    }
    return true
  }

  #complete(pod: Pod, attributes: Attributes): Match {
    const containerId = text(attributes, 'container.id')
    if (containerId !== '') {
      const place = this.#index.byContainer(containerId)
      const isOwn = place?.pod.uid === pod.uid
      return {
        pod,
        container: isOwn ? place.container : undefined,
        containerId,
        restartCount: isOwn ? place.restartCount : undefined,
        isComplete: isOwn,
      }
    }
    const name = text(attributes, 'k8s.container.name')
    const container = pod.containers.find(found => found.name === name)
    const restarts = attributes['k8s.container.restart_count']
    const instance =
      container?.instances.find(found => String(found.restartCount) === String(restarts)) ??
      container?.instances[0]
    return {
      pod,
      container,
      containerId: instance?.id,
      restartCount: instance?.restartCount,
      isComplete: true,
    }
  }
}

function text(attributes: Attributes, name: string): string {
  return String(attributes[name] ?? '')
}

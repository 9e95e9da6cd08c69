/** Names of pods and containers as attributes of a resource, and the names again. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import type { KnownContainer } from '../requests/pod-view.ts'

const LABEL = 'k8s.pod.label.'

/** Returns the names under the keys of the k8s_attributes processor. */
export function toAttributes(found: KnownContainer | undefined): Attributes {
  if (!found) return {}
  const labels = Object.entries(found.labels).map(([key, value]) => [`${LABEL}${key}`, value])
  return {
    'k8s.namespace.name': found.namespace,
    'k8s.pod.name': found.pod,
    ...(found.container !== undefined && { 'k8s.container.name': found.container }),
    ...(found.image !== undefined && { 'container.image.name': found.image }),
    ...Object.fromEntries(labels),
  }
}

/** The names again, from a resource of a recording. */
export function findRecordedName({ attributes }: Resource): KnownContainer | undefined {
  const read = (key: string): string | undefined => {
    const value = attributes[key]
    return typeof value === 'string' ? value : undefined
  }
  const [namespace, pod] = [read('k8s.namespace.name'), read('k8s.pod.name')]
  if (namespace === undefined || pod === undefined) return undefined
  const labels = Object.entries(attributes).filter(([key]) => key.startsWith(LABEL))
  return {
    namespace,
    pod,
    container: read('k8s.container.name'),
    image: read('container.image.name'),
    labels: Object.fromEntries(labels.map(([key, value]) => [key.slice(LABEL.length), String(value)])),
  }
}

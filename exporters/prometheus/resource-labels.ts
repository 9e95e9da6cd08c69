/** Which labels a resource gets, and from which of its attributes. */
import type { Attributes } from '../../pipeline/data/attributes.ts'

export type Naming = 'swoll' | 'otel'

/** A label of a series. Both parts are well-formed Unicode; the value is not empty: an empty label is no label. */
export type Label = readonly [name: string, value: string]

/** Label → attribute, or attributes of which the first that is there counts. */
export type ResourceLabels = Readonly<Record<string, string | readonly string[]>>

const SWOLL: ResourceLabels = {
  namespace: 'k8s.namespace.name',
  pod: 'k8s.pod.name',
  container: 'k8s.container.name',
  container_id: 'container.id',
  pod_uid: 'k8s.pod.uid',
  unit: ['systemd.unit', 'process.linux.cgroup'],
}

const OTEL: ResourceLabels = {
  k8s_namespace_name: 'k8s.namespace.name',
  k8s_pod_name: 'k8s.pod.name',
  k8s_container_name: 'k8s.container.name',
  k8s_pod_uid: 'k8s.pod.uid',
  container_id: 'container.id',
  systemd_unit: 'systemd.unit',
  process_linux_cgroup: 'process.linux.cgroup',
}

/** Attributes that name a host process's home; a container has a better name than the unit that holds it. */
const HOST_ONLY = new Set(['systemd.unit', 'process.linux.cgroup'])

/** The labels without `resource_labels` in the configuration: what tells one resource from another. */
export function defaultResourceLabels(naming: Naming): ResourceLabels {
  return naming === 'swoll' ? SWOLL : OTEL
}

/** The labels of one resource, in the order of the configuration. */
export function toResourceLabels(attributes: Attributes, wanted: ResourceLabels): Label[] {
  const isContainer = attributes['container.id'] !== undefined
  const labels: Label[] = []
  for (const [name, sources] of Object.entries(wanted))
    for (const source of typeof sources === 'string' ? [sources] : sources) {
      if (isContainer && HOST_ONLY.has(source)) continue
      const value = toLabelValue(attributes[source])
      if (value === '') continue
      labels.push([name, value])
      break
    }
  return labels
}

/**
 * `job` and `instance` of the resource, as far as it has them.
 * OpenTelemetry "Prometheus and OpenMetrics Compatibility", Resource Attributes: `service.namespace` and
 * `service.name`, joined by `/`, "MUST be" job; `service.instance.id` "MUST be" instance.
 */
export function toTargetLabels(attributes: Attributes): Label[] {
  const name = toLabelValue(attributes['service.name'])
  const namespace = toLabelValue(attributes['service.namespace'])
  const instance = toLabelValue(attributes['service.instance.id'])
  const labels: Label[] = []
  if (name !== '') labels.push(['job', namespace === '' ? name : `${namespace}/${name}`])
  if (instance !== '') labels.push(['instance', instance])
  return labels
}

/** Text of an attribute value; empty when there is none. Lone surrogates, which UTF-8 cannot hold, are replaced. */
export function toLabelValue(value: unknown): string {
  return value === undefined ? '' : String(value).toWellFormed()
}

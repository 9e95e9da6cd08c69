/** The labels of a resource, each with the attribute that it shows. */
import type { Attributes } from '../../../pipeline/data/attributes.ts'

export type Naming = 'swoll' | 'otel'

/** A label of a series. Both parts are well-formed Unicode; the value is not empty: an empty label is no label. */
export type Label = readonly [name: string, value: string]

/** An attribute to show; with `unless`, only for resources without that other attribute. */
type LabelSource = string | { readonly attribute: string; readonly unless: string }

/** Label → attribute, or attributes of which the first that is there counts. */
export type ResourceLabels = Readonly<Record<string, LabelSource | readonly LabelSource[]>>

/** Shown for a workload whose pods or containers were added up; a pod is told apart by its name. */
const workloadOnly = (attribute: string) => ({ attribute, unless: 'k8s.pod.name' })

/** The labels that kube-state-metrics has for them; `job` is taken by Prometheus. */
const SWOLL: ResourceLabels = {
  namespace: 'k8s.namespace.name',
  deployment: workloadOnly('k8s.deployment.name'),
  statefulset: workloadOnly('k8s.statefulset.name'),
  daemonset: workloadOnly('k8s.daemonset.name'),
  cronjob: workloadOnly('k8s.cronjob.name'),
  job_name: workloadOnly('k8s.job.name'),
  replicaset: workloadOnly('k8s.replicaset.name'),
  pod: 'k8s.pod.name',
  container: 'k8s.container.name',
  container_id: 'container.id',
  pod_uid: 'k8s.pod.uid',
  unit: ['systemd.unit', 'process.linux.cgroup'],
}

const OTEL: ResourceLabels = {
  k8s_namespace_name: 'k8s.namespace.name',
  k8s_deployment_name: workloadOnly('k8s.deployment.name'),
  k8s_statefulset_name: workloadOnly('k8s.statefulset.name'),
  k8s_daemonset_name: workloadOnly('k8s.daemonset.name'),
  k8s_cronjob_name: workloadOnly('k8s.cronjob.name'),
  k8s_job_name: workloadOnly('k8s.job.name'),
  k8s_replicaset_name: workloadOnly('k8s.replicaset.name'),
  k8s_pod_name: 'k8s.pod.name',
  k8s_container_name: 'k8s.container.name',
  k8s_pod_uid: 'k8s.pod.uid',
  container_id: 'container.id',
  systemd_unit: 'systemd.unit',
  process_linux_cgroup: 'process.linux.cgroup',
}

/** Returns the labels for a configuration without `resource_labels`: those that tell resources apart. */
export function defaultResourceLabels(naming: Naming): ResourceLabels {
  return naming === 'swoll' ? SWOLL : OTEL
}

/** The labels of one resource, in the order of the configuration. */
export function toResourceLabels(attributes: Attributes, wanted: ResourceLabels): Label[] {
  const labels: Label[] = []
  for (const [name, sources] of Object.entries(wanted))
    for (const source of [sources].flat()) {
      const { attribute, unless } = typeof source === 'string' ? { attribute: source } : source
      if (unless !== undefined && attributes[unless] !== undefined) continue
      const value = toLabelValue(attributes[attribute])
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
  return toLabels({ job: name && namespace ? `${namespace}/${name}` : name, instance })
}

/** These labels, by name, without empty ones. */
export function toLabels(labels: Readonly<Record<string, string>>): Label[] {
  return Object.entries(labels).flatMap(([name, value]) =>
    value === '' ? [] : [[name, toLabelValue(value)]],
  )
}

/** Text of an attribute value; empty when there is none. Lone surrogates, which UTF-8 cannot hold, are replaced. */
export function toLabelValue(value: unknown): string {
  return value === undefined ? '' : String(value).toWellFormed()
}

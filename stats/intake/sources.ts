/** Whose calls they are, as resources tell it. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Dimension } from '../api/dimensions.ts'

export const SOURCE_DIMENSIONS = [
  'node',
  'namespace',
  'workload',
  'revision',
  'pod',
  'container',
  'unit',
] as const satisfies readonly Dimension[]
type SourceDimension = (typeof SOURCE_DIMENSIONS)[number]

/** Absent: the source has none. */
export type SourceNames = { readonly [D in SourceDimension]?: string | undefined }

/** Owners of owners first: a Deployment has a ReplicaSet, a CronJob a Job. */
const WORKLOADS = ['deployment', 'cronjob', 'statefulset', 'daemonset', 'job', 'replicaset'] as const

/** What tells the revisions of a workload apart: what controllers write on their pods; then it is the image. */
const REVISIONS = [
  'k8s.pod.revision',
  'k8s.pod.labels.pod-template-hash',
  'k8s.pod.label.pod-template-hash',
  'k8s.pod.labels.controller-revision-hash',
  'k8s.pod.label.controller-revision-hash',
] as const

export function toSourceNames(attributes: Attributes): SourceNames {
  const first = (...keys: readonly string[]): string | undefined => {
    for (const key of keys) {
      const value = attributes[key]
      if (value !== undefined && value !== '') return String(value)
    }
    return undefined
  }
  const workload = workloadOf(first)
  return {
    node: first('k8s.node.name', 'host.name'),
    namespace: first('k8s.namespace.name'),
    workload,
    revision: revisionOf(first, workload),
    pod: first('k8s.pod.name', 'k8s.pod.uid'),
    container: first('k8s.container.name', 'container.name', 'container.id'),
    unit: first('systemd.unit', 'process.linux.cgroup'),
  }
}

type First = (...keys: readonly string[]) => string | undefined

function workloadOf(first: First): string | undefined {
  for (const kind of WORKLOADS) {
    const name = first(`k8s.${kind}.name`)
    if (name !== undefined) return `${kind}/${name}`
  }
  return undefined
}

/** The ReplicaSet of a Deployment is named DEPLOYMENT-HASH. */
function revisionOf(first: First, workload: string | undefined): string | undefined {
  const label = first(...REVISIONS)
  if (label !== undefined) return label
  const replicaSet = first('k8s.replicaset.name')
  const [kind, name] = workload?.split('/') ?? []
  if (kind === 'deployment' && replicaSet?.startsWith(`${name}-`)) return replicaSet.slice(name!.length + 1)
  const tag = first('container.image.tag', 'container.image.tags')
  const image = first('container.image.name')
  if (tag !== undefined) return image === undefined ? tag : `${image}:${tag}`
  return first('container.image.id')
}

/** Equal texts stand for equal names. */
export function sourceKey(names: SourceNames): string {
  return JSON.stringify(SOURCE_DIMENSIONS.map(dimension => names[dimension] ?? null))
}

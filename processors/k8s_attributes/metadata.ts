/** The attributes that `extract::metadata` names. */
import { parseImage } from '../../kubernetes/image.ts'
import { WORKLOAD_KINDS, type WorkloadKind } from '../../kubernetes/pods/workload.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import { type Subject, serviceInstanceId, serviceName, serviceNamespace, serviceVersion } from './service.ts'

type Value = (subject: Subject, hasServiceLabels: boolean) => AttributeValue | undefined

const image = ({ container }: Subject) => (container ? parseImage(container.image) : undefined)

/** Labels by which controllers tell pods of one template from those of another: of ReplicaSets, and of StatefulSets and DaemonSets. */
const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash'] as const

type OwnerName = `k8s.${WorkloadKind}.${'name' | 'uid'}`

const ownerValues = (kind: WorkloadKind): [string, Value][] => [
  [`k8s.${kind}.name`, s => s.workload[kind]?.name],
  [`k8s.${kind}.uid`, s => s.workload[kind]?.uid],
]
const OWNERS = Object.fromEntries(WORKLOAD_KINDS.flatMap(ownerValues)) as Record<OwnerName, Value>

/** By name, in the order in which the names are listed. */
const VALUES = {
  'k8s.namespace.name': s => s.pod.namespace,
  'k8s.pod.name': s => s.pod.name,
  'k8s.pod.uid': s => s.pod.uid,
  'k8s.pod.hostname': s => s.pod.hostname ?? s.pod.name,
  'k8s.pod.ip': s => s.pod.ip,
  'k8s.pod.start_time': s => s.pod.startTime,
  'k8s.pod.revision': ({ pod }) => REVISION_LABELS.map(label => pod.labels[label]).find(Boolean),
  'k8s.node.name': s => s.pod.nodeName,
  'k8s.node.uid': s => s.node?.uid,
  'k8s.cluster.uid': s => s.kubeSystem?.uid,
  ...OWNERS,
  'k8s.container.name': s => s.container?.name,
  'k8s.container.restart_count': s => s.restartCount,
  'container.id': s => s.containerId,
  'container.image.name': s => image(s)?.name,
  'container.image.tag': s => image(s)?.tag,
  'container.image.tags': s => image(s)?.tag,
  'container.image.repo_digests': s => s.container?.repoDigest,
  'service.namespace': serviceNamespace,
  'service.name': serviceName,
  'service.version': serviceVersion,
  'service.instance.id': serviceInstanceId,
} satisfies Readonly<Record<string, Value>>

export type MetadataName = keyof typeof VALUES
/** Names that `extract::metadata` knows. */
export const METADATA_NAMES = Object.keys(VALUES) as readonly MetadataName[]

/** The Collector's, and what else names a container and its workload without a request. */
export const DEFAULT_METADATA: readonly MetadataName[] = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.pod.start_time',
  'k8s.pod.revision',
  'k8s.node.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.job.name',
  'k8s.cronjob.name',
  'k8s.container.name',
  'k8s.container.restart_count',
  'container.image.name',
  'container.image.tag',
]

/** Returns the metadata among `names` that the subject has. */
export function toMetadata(
  subject: Subject,
  names: readonly MetadataName[],
  hasServiceLabels: boolean,
): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const name of names) {
    const value = (VALUES[name] as Value)(subject, hasServiceLabels)
    if (value !== undefined && value !== '') attributes[name] = value
  }
  return attributes
}

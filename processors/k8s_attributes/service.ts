/**
 * `service.*` of a pod. OpenTelemetry semantic conventions, "Populating resources attributes in Kubernetes": for each attribute
 * "choose the first value found".
 */
import type { ObjectMetadata } from '../../kubernetes/client/api-client.ts'
import { parseImage } from '../../kubernetes/image.ts'
import type { Container, Pod } from '../../kubernetes/pods/pod.ts'
import type { Workload } from '../../kubernetes/pods/workload.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'

/** The source of one resource's attributes. */
export interface Subject {
  readonly pod: Pod
  /** Absent: the pod as a whole, or its pause container. */
  readonly container: Container | undefined
  readonly containerId: string | undefined
  readonly restartCount: number | undefined
  readonly workload: Workload
  /** Looked up only when a rule or a field asks for it. */
  readonly node: ObjectMetadata | null | undefined
  /** The namespace `kube-system`, whose uid is that of the cluster. */
  readonly kubeSystem: ObjectMetadata | null | undefined
}

/** Digits of an id that people are shown. */
const SHORT_ID = 12

const annotation = ({ pod }: Subject, name: string) => pod.annotations[`resource.opentelemetry.io/${name}`]

export function serviceName(subject: Subject, hasLabels: boolean): string | undefined {
  const { pod, workload, container } = subject
  const labels = hasLabels ? pod.labels : {}
  return (
    annotation(subject, 'service.name') ||
    labels['app.kubernetes.io/instance'] ||
    labels['app.kubernetes.io/name'] ||
    (workload.deployment ?? workload.replicaset ?? workload.statefulset)?.name ||
    (workload.daemonset ?? workload.cronjob ?? workload.job)?.name ||
    pod.name ||
    container?.name
  )
}

export function serviceNamespace(subject: Subject): string | undefined {
  return annotation(subject, 'service.namespace') || subject.pod.namespace
}

export function serviceVersion(subject: Subject, hasLabels: boolean): string | undefined {
  const label = hasLabels ? subject.pod.labels['app.kubernetes.io/version'] : undefined
  return annotation(subject, 'service.version') || label || imageVersion(subject)
}

/** `<tag>@<digest>`, else `<digest>`, else `<tag>`. */
function imageVersion({ container }: Subject): string | undefined {
  const image = container && parseImage(container.image)
  if (!image) return undefined
  return [image.tag, image.digest].filter(Boolean).join('@') || undefined
}

/**
 * Returns the name of a resource as a service, if it has none of its own. Other than in the conventions a restarted container is an
 * instance too, and so is what has no single container: two resources are never one instance, not even while the older one ends.
 */
export function toService(subject: Subject, hasLabels: boolean): Attributes {
  const { pod, container, containerId, restartCount } = subject
  const part = container?.name ?? containerId?.slice(0, SHORT_ID)
  const path = [pod.namespace, pod.name, part, restartCount || undefined]
  const id = annotation(subject, 'service.instance.id') || path.filter(name => name !== undefined).join('.')
  const [name, namespace] = [serviceName(subject, hasLabels), serviceNamespace(subject)]
  return {
    ...(namespace && { 'service.namespace': namespace }),
    ...(name && { 'service.name': name }),
    'service.instance.id': id,
  }
}

/** Undefined for what is not of one container. */
export function serviceInstanceId(subject: Subject): string | undefined {
  const given = annotation(subject, 'service.instance.id')
  if (given || !subject.container) return given
  return `${subject.pod.namespace}.${subject.pod.name}.${subject.container.name}`
}

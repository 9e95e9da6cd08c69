/** The source of one resource's attributes. Types only. */
import type { ObjectMetadata } from '../../kubernetes/client/api-client.ts'
import type { Container, Pod } from '../../kubernetes/pods/pod.ts'
import type { Workload } from '../../kubernetes/pods/workload.ts'

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

/** The fields that the API server lets pods be selected by (`ToSelectableFields`, pkg/registry/core/pod/strategy.go). */

export const POD_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
] as const
export type PodField = (typeof POD_FIELDS)[number]

/** Absent: not set, or not known to the source. */
export type PodFields = { readonly [F in PodField]?: string }

/** Fields that the container runtime knows of a pod. */
export const RUNTIME_FIELDS: readonly PodField[] = ['metadata.name', 'metadata.namespace', 'spec.nodeName']

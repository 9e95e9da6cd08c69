/** The kinds of objects that the controller reads and makes, in the words of the API's paths. */
import type { ApiObject } from '../kubernetes/client/api-error.ts'
import { GROUP } from '../trace/api/documents.ts'

export const TRACES: ApiObject = { group: GROUP, version: 'v1alpha1', resource: 'traces' }
export const JOBS: ApiObject = { group: 'batch', version: 'v1', resource: 'jobs' }
export const EVENTS: ApiObject = { group: '', version: 'v1', resource: 'events' }
export const LEASES: ApiObject = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }

/** One object of a kind. */
export function objectOf(
  kind: ApiObject,
  { namespace, name }: { namespace: string; name: string },
): ApiObject {
  return { ...kind, namespace, name }
}

/** On everything that the controller makes. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'swoll-controller' }

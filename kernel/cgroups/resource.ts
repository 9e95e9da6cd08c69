/** The resource that a cgroup's calls are reported under. */
import type { CgroupIdentity } from '../../kubernetes/cgroup-path.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'

/** The resource of cgroups that were gone, or out of sight, before their path could be read. */
export const UNRESOLVED: Resource = { id: 'unresolved', attributes: {} }

/** Whether it is a container, or a pod around some. */
export function isContained({ attributes }: Resource): boolean {
  return attributes['container.id'] !== undefined || attributes['k8s.pod.uid'] !== undefined
}

/** Equal identities give equal ids; ids of different kinds differ. */
export function toResource(identity: CgroupIdentity): Resource {
  switch (identity.kind) {
    case 'container': {
      const { containerId, podUid, runtime, delegatedTo } = identity
      return {
        // Names are unique within their runtime only, and those that a user gave within what was handed over to the user.
        id: `container:${runtime ?? ''}:${containerId}${delegatedTo === undefined ? '' : `@${delegatedTo}`}`,
        attributes: {
          'container.id': containerId,
          ...(podUid !== undefined && { 'k8s.pod.uid': podUid }),
          ...(runtime !== undefined && { 'container.runtime.name': runtime }),
          ...(delegatedTo !== undefined && toHome(delegatedTo)),
        },
      }
    }
    case 'pod':
      return { id: `pod:${identity.podUid}`, attributes: { 'k8s.pod.uid': identity.podUid } }
    case 'unit':
      return { id: `unit:${identity.unit}`, attributes: { 'systemd.unit': identity.unit } }
    case 'other':
      return { id: `cgroup:${identity.path}`, attributes: { 'process.linux.cgroup': identity.path } }
  }
}

/** Returns the place of a user's container: the unit, or the path of the cgroup. */
function toHome(delegatedTo: string): Attributes {
  return { [delegatedTo.startsWith('/') ? 'process.linux.cgroup' : 'systemd.unit']: delegatedTo }
}

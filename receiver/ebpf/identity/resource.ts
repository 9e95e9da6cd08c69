/** The resource that a cgroup's calls are reported under. */
import type { CgroupIdentity } from '../../../kubernetes/cgroup-path.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'

/** What nobody could be found for: cgroups that were gone, or out of sight, before anyone could ask for their path. */
export const UNRESOLVED: Resource = { id: 'unresolved', attributes: {} }

/** Equal identities give equal ids; ids of different kinds differ. */
export function toResource(identity: CgroupIdentity): Resource {
  switch (identity.kind) {
    case 'container': {
      const { containerId, podUid, runtime } = identity
      return {
        // Names are unique within their runtime only.
        id: `container:${runtime ?? ''}:${containerId}`,
        attributes: {
          'container.id': containerId,
          ...(podUid !== undefined && { 'k8s.pod.uid': podUid }),
          ...(runtime !== undefined && { 'container.runtime.name': runtime }),
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

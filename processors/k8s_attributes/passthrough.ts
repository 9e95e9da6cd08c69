/** `passthrough`: what can be said of a resource without looking pods up. */
import { isIP } from 'node:net'
import type { Resource } from '../../pipeline/data/resource.ts'

/** Without an API there is only the address that the resource may have. */
export function passThrough(resource: Resource): Resource {
  const { attributes } = resource
  // The host of swoll's own resources is the node, whose name may be an address.
  const host = resource.origin ? undefined : attributes['host.name']
  const ip = attributes['k8s.pod.ip'] ?? attributes.ip ?? host
  if (attributes['k8s.pod.ip'] !== undefined || typeof ip !== 'string' || isIP(ip) === 0) return resource
  return { ...resource, attributes: { ...attributes, 'k8s.pod.ip': ip } }
}

/** Resources as they are sent: with where they were seen, and which service each is. */
import type { Attributes } from '../data/attributes.ts'
import { type Resource, toOwnResource, UNKNOWN_SERVICE } from '../data/resource.ts'

/** The same object for the same resource. */
export type Describe = (resource: Resource) => Resource

/** Undefined `origin`: resources are sent as they are. */
export function createDescribe(origin: Attributes | undefined): Describe {
  if (!origin) return resource => resource
  const known = new WeakMap<Resource, Resource>()
  return resource => {
    const described = known.get(resource) ?? describe(resource, origin)
    known.set(resource, described)
    return described
  }
}

/**
 * `service.name` and `service.instance.id` together are the resource's alone, on whatever hosts there are, and the same after a restart:
 * Prometheus makes `job` and `instance` of them, and tells series apart by nothing else of the resource.
 */
function describe(resource: Resource, origin: Attributes): Resource {
  const service = toService(resource.attributes, origin)
  if (!service) return toOwnResource(resource, resource.id, origin)
  return { id: resource.id, attributes: { ...origin, ...service, ...resource.attributes }, origin }
}

function toService(attributes: Attributes, origin: Attributes): Attributes | undefined {
  const [container, uid] = [attributes['container.id'], attributes['k8s.pod.uid']]
  const pod = attributes['k8s.pod.name']
  if (pod !== undefined) {
    const namespace = attributes['k8s.namespace.name']
    const names = [namespace, pod, attributes['k8s.container.name']].filter(name => name !== undefined)
    const id = { 'service.instance.id': names.join('.') }
    return { ...(namespace !== undefined && { 'service.namespace': namespace }), 'service.name': pod, ...id }
  }
  if (container !== undefined || uid !== undefined) return toNameless(container ?? uid!, attributes, origin)
  const unit = attributes['systemd.unit'] ?? attributes['process.linux.cgroup']
  return unit === undefined ? undefined : { 'service.name': unit }
}

/** `k8s_attributes` puts the names of its pod in their place. Names of containers are their runtime's and host's alone, unlike ids. */
function toNameless(id: Attributes[string], attributes: Attributes, origin: Attributes): Attributes {
  const path = [origin['service.instance.id'], attributes['container.runtime.name'], id]
  const instance = path.filter(part => part !== undefined).join('/')
  return { 'service.name': UNKNOWN_SERVICE, 'service.instance.id': instance }
}

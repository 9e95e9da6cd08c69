/** Containers whose names a user chose, in cgroups that were handed over to the user: rootless runtimes', and claims. */
import type { Attributes } from '../../pipeline/data/attributes.ts'

/** Whether the resource is one: it is never in a pod of this node, whatever id it has. It says where it is beside its id. */
export function isDelegated(attributes: Attributes): boolean {
  return attributes['systemd.unit'] !== undefined || attributes['process.linux.cgroup'] !== undefined
}

/** The container ids in names that root has given. */
import type { CgroupIdentity } from '../../kubernetes/cgroup-path.ts'
import type { CgroupKey } from './cgroup-key.ts'

/** Container ids that root has given: a user's container cannot take the name of one. */
export class ContainerIds {
  readonly #idByCgroup = new Map<CgroupKey, string>()
  readonly #cgroups = new Map<string, number>()

  /** Returns the identity to use: a user's container that is named like one of root's is only known by its place. */
  add(key: CgroupKey, identity: CgroupIdentity): CgroupIdentity {
    if (identity.kind !== 'container') return identity
    const { containerId, delegatedTo } = identity
    if (delegatedTo !== undefined) {
      if (!this.#cgroups.has(containerId)) return identity
      const isPath = delegatedTo.startsWith('/')
      return isPath ? { kind: 'other', path: delegatedTo } : { kind: 'unit', unit: delegatedTo }
    }
    this.#idByCgroup.set(key, containerId)
    this.#cgroups.set(containerId, (this.#cgroups.get(containerId) ?? 0) + 1)
    return identity
  }

  move(from: CgroupKey, to: CgroupKey): void {
    const id = this.#idByCgroup.get(from)
    if (id === undefined) return
    this.#idByCgroup.delete(from)
    this.#idByCgroup.set(to, id)
  }

  delete(key: CgroupKey): void {
    const id = this.#idByCgroup.get(key)
    if (id === undefined) return
    this.#idByCgroup.delete(key)
    const left = this.#cgroups.get(id)! - 1
    if (left === 0) this.#cgroups.delete(id)
    else this.#cgroups.set(id, left)
  }
}

/** Owners: small numbers that stand for resources in the counters' state, and are used again once they are free. */
import type { Resource } from '../../pipeline/data/metrics.ts'
import { UNRESOLVED } from './resource.ts'

/** The owner that `UNRESOLVED` has for ever. */
export const UNRESOLVED_OWNER = 0

export class Owners {
  /** The resource of each owner; undefined while the owner's cgroup has no name yet. */
  readonly #resources: (Resource | undefined)[] = [UNRESOLVED]
  /** The number of cgroups of each owner. */
  readonly #cgroups: number[] = [0]
  readonly #byResource = new Map<string, number>()
  readonly #free: number[] = []
  /** Owners of named resources that there ever were. */
  made = 0

  /** Owners of named resources, `UNRESOLVED` aside. */
  get named(): number {
    return this.#byResource.size
  }

  /** Highest number of owners that ever were in use at once. */
  get capacity(): number {
    return this.#resources.length
  }

  resource(owner: number): Resource | undefined {
    return this.#resources[owner]
  }

  ofResource(id: string): number | undefined {
    return this.#byResource.get(id)
  }

  /** Adds a cgroup to the resource's owner, which is made when it is new. */
  join(resource: Resource): number {
    let owner = this.#byResource.get(resource.id)
    if (owner === undefined) {
      owner = this.#take()
      this.#resources[owner] = resource
      this.#byResource.set(resource.id, owner)
      this.made++
    }
    this.#cgroups[owner] = this.#cgroups[owner]! + 1
    return owner
  }

  /** Takes a cgroup away. True: it was the last one, so the resource has no owner any more; `free` the number when unused. */
  leave(owner: number): boolean {
    const left = this.#cgroups[owner]! - 1
    this.#cgroups[owner] = left
    const resource = this.#resources[owner]
    if (left > 0 || owner === UNRESOLVED_OWNER || resource === undefined) return false
    this.#byResource.delete(resource.id)
    return true
  }

  /** An owner without a resource. */
  hold(): number {
    return this.#take()
  }

  /** Gives the number back. Nothing may refer to it any more. */
  free(owner: number): void {
    this.#resources[owner] = undefined
    this.#free.push(owner)
  }

  #take(): number {
    const owner = this.#free.pop() ?? this.#resources.length
    this.#resources[owner] = undefined
    this.#cgroups[owner] = 0
    return owner
  }
}

/** Which jobs want which cgroups, as the kernel side has it: every cgroup that has a name is there, wanted or not. */

import type { CgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import type { TracingView } from '../../kernel/tracing.ts'
import { UNKNOWN_OWNER } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'

interface Target {
  readonly jobs: bigint
  readonly owner: number
  /** Id of whose it is. */
  readonly resource: string
}

/** Owner of what no job wants, and of what has no number of its own: their shares of the rings are one. */
const NOBODY = 0

export class KernelTargets {
  readonly #tracing: Pick<TracingView, 'setTarget' | 'deleteTarget'>
  readonly #written = new Map<CgroupKey, Target>()
  readonly #ownerByResource = new Map<string, number>()
  /** By owner. */
  readonly #resources: (Resource | undefined)[] = [undefined]
  readonly #cgroups: Set<CgroupKey>[] = [new Set()]
  readonly #free: number[] = []

  constructor(tracing: Pick<TracingView, 'setTarget' | 'deleteTarget'>) {
    this.#tracing = tracing
  }

  /** Owners that have a share. */
  get owners(): number {
    return this.#ownerByResource.size
  }

  /** Whose share it is. */
  resourceOf(owner: number): Resource | undefined {
    return this.#resources[owner]
  }

  /** Those that have the share together; of a share that nobody has any more, who was the last. */
  cgroupsOf(owner: number): ReadonlySet<CgroupKey> {
    return this.#cgroups[owner] ?? new Set()
  }

  /** The cgroup belongs to the resource, and these jobs want it. */
  set(cgroup: CgroupKey, resource: Resource, jobs: bigint): void {
    const before = this.#written.get(cgroup)
    if (before?.jobs === jobs && (jobs === 0n || before.resource === resource.id)) return
    const owner = jobs === 0n ? NOBODY : this.#join(cgroup, resource)
    this.#tracing.setTarget(BigInt(cgroup), jobs, owner)
    this.#written.set(cgroup, { jobs, owner, resource: resource.id })
    if (before !== undefined && before.owner !== owner) this.#leave(cgroup, before.owner)
  }

  delete(cgroup: CgroupKey): void {
    const before = this.#written.get(cgroup)
    if (before === undefined) return
    this.#tracing.deleteTarget(BigInt(cgroup))
    this.#written.delete(cgroup)
    this.#leave(cgroup, before.owner)
  }

  #join(cgroup: CgroupKey, resource: Resource): number {
    let owner = this.#ownerByResource.get(resource.id)
    if (owner === undefined) {
      owner = this.#free.pop() ?? this.#resources.length
      if (owner >= UNKNOWN_OWNER) return NOBODY
      this.#ownerByResource.set(resource.id, owner)
      this.#resources[owner] = resource
      this.#cgroups[owner] = new Set()
    }
    this.#cgroups[owner]!.add(cgroup)
    return owner
  }

  #leave(cgroup: CgroupKey, owner: number): void {
    if (owner === NOBODY) return
    const cgroups = this.#cgroups[owner]!
    if (cgroups.size > 1) {
      cgroups.delete(cgroup)
      return
    }
    // Both stay readable until the number is used again: losses are told after the fact.
    this.#ownerByResource.delete(this.#resources[owner]!.id)
    this.#free.unshift(owner)
  }
}

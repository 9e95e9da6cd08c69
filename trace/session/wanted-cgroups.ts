/** Cgroups as they are born, renamed and die: whose each is, and which jobs want it, as the kernel side is told. */
import { type CgroupKey, toWords } from '../../kernel/cgroups/cgroup-key.ts'
import type { CgroupEvents } from '../../kernel/cgroups/cgroup-record.ts'
import type { Naming } from '../../kernel/cgroups/places.ts'
import type { CgroupRegistry } from '../../kernel/cgroups/registry.ts'
import { UNRESOLVED } from '../../kernel/cgroups/resource.ts'
import type { TracingView } from '../../kernel/tracing.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { toBits } from '../requests/jobs.ts'
import type { Decider } from './decider.ts'
import { KernelTargets } from './kernel-targets.ts'

interface WantedCgroupsOptions {
  readonly tracing: TracingView
  readonly registry: CgroupRegistry
  readonly decider: Decider
}

/** Those that nobody wants, and those that nobody knows yet. */
const UNNAMED_OWNERS = 2

export class WantedCgroups implements CgroupEvents {
  readonly #options: WantedCgroupsOptions
  readonly #targets: KernelTargets
  /** Cgroups that were looked for in vain, and live as far as anybody knows: in sight of a part, all that is elsewhere. */
  readonly #unresolved = new Set<CgroupKey>()
  /** Calls per second that the kernel side sends of one container; 0: any number. */
  callsPerSecond = 0

  constructor(options: WantedCgroupsOptions) {
    this.#options = options
    this.#targets = new KernelTargets(options.tracing)
  }

  birth(key: CgroupKey, naming: Naming): void {
    const { registry } = this.#options
    registry.birth(key, naming)
    const { low, high } = toWords(key)
    const resource = registry.resourceOfCgroup(low, high)
    if (resource) this.#aim(key, resource)
    this.#tellLimits()
  }

  /** The cgroup, and those below it, may be somebody else's now. */
  rename(key: CgroupKey, naming: Naming): void {
    this.#options.registry.rename(key, naming)
    this.refresh()
  }

  death(key: CgroupKey): void {
    const { registry, decider } = this.#options
    registry.death(key)
    this.#targets.delete(key)
    this.#unresolved.delete(key)
    decider.bury(key)
  }

  /** Asks all jobs again about all cgroups. */
  refresh(): void {
    const { registry, decider } = this.#options
    decider.forgetAll()
    for (const [key, owner] of registry.named()) {
      const resource = registry.resourceOf(owner)
      if (resource) this.#aim(key, resource)
    }
    this.#aimUnresolved()
    this.#tellLimits()
  }

  /** Looks for the names of cgroups in which threads made calls before anybody knew them; `isLast`: everywhere, since somebody cannot wait. */
  nameThreads(threads: readonly ThreadFacts[], isLast: boolean): void {
    const { registry } = this.#options
    const nameless = threads.filter(({ resource, version }) => resource === undefined && version !== 0)
    if (nameless.length === 0) return
    for (const { cgroup } of nameless) {
      const { low, high } = toWords(cgroup)
      registry.ownerOf(low, high)
    }
    if (isLast) registry.walkToTheEnd()
    registry.resolveWanted()
    for (const thread of nameless) {
      const { low, high } = toWords(thread.cgroup)
      thread.resource = registry.resourceOf(registry.ownerOf(low, high))
      if (thread.resource === UNRESOLVED) this.#giveUp(thread.cgroup)
      else if (thread.resource) this.#aim(thread.cgroup, thread.resource)
    }
  }

  /** Returns the resource whose share of the rings has this number. */
  resourceOf(owner: number): Resource | undefined {
    return this.#targets.resourceOf(owner)
  }

  /** Nobody will know whose the cgroup is: it is sent only to those who want it all the same, and takes no room from others. */
  #giveUp(cgroup: CgroupKey): void {
    if (this.#options.registry.isDead(cgroup)) return
    this.#unresolved.add(cgroup)
    this.#aim(cgroup, UNRESOLVED)
  }

  /** Those that have got a name since have been aimed at by it; those that deserve another look are unknown again. */
  #aimUnresolved(): void {
    const { registry } = this.#options
    for (const cgroup of this.#unresolved) {
      const { low, high } = toWords(cgroup)
      const resource = registry.resourceOfCgroup(low, high)
      if (resource === UNRESOLVED) this.#aim(cgroup, UNRESOLVED)
      else this.#unresolved.delete(cgroup)
      if (resource === undefined) this.#targets.delete(cgroup)
    }
  }

  /** Returns the cgroups of that share. */
  cgroupsOf(owner: number): readonly CgroupKey[] {
    return [...this.#targets.cgroupsOf(owner)]
  }

  /** Tells the kernel side who wants the cgroup. Jobs that cannot tell yet get its calls meanwhile. */
  #aim(cgroup: CgroupKey, resource: Resource): void {
    const { wanted, undecided } = this.#options.decider.decisionOf(cgroup, resource)
    this.#targets.set(cgroup, resource, toBits(wanted) | toBits(undecided))
  }

  #tellLimits(): void {
    const { tracing } = this.#options
    const share = Math.floor(tracing.ringBytes / 2 / (this.#targets.owners + UNNAMED_OWNERS))
    tracing.setLimits(share, this.callsPerSecond)
  }
}

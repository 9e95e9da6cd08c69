/**
 * Who the calls of a cgroup belong to: cgroup id → path → identity → resource, as owner numbers that the counters' state
 * keeps. Births and deaths come from the kernel; cgroups that were there before come from a walk; an id that is neither is
 * held under an owner of its own until its path is found, or time is up.
 */
import { parseCgroupPath } from '../../../kubernetes/cgroup-path.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { type CgroupKey, cgroupKey } from './cgroup-key.ts'
import { Owners, UNRESOLVED_OWNER } from './owners.ts'
import { toResource } from './resource.ts'
import { Tombstones } from './tombstones.ts'
import type { TreeEntry } from './tree.ts'
import { Wanted } from './wanted.ts'

export interface RegistryOptions {
  /** Milliseconds that never go back. */
  readonly nowMs: () => number
  /** Path of a living cgroup by its id; undefined when it is gone or out of sight. */
  readonly pathOf: (id: bigint) => string | undefined
  /** A new walk of the whole hierarchy. */
  readonly walk: () => Iterator<TreeEntry>
  /** Whether a walk shows all there is. False: the agent sees a part, and what a walk lacks may yet live. */
  readonly isWholeTree: boolean
  /** Whether paths are to be kept, for `pathOf`. */
  readonly keepsPaths?: boolean
  readonly limits?: Partial<RegistryLimits>
}

export interface RegistryLimits {
  /** A dead cgroup keeps its name for so long, and for so many collections. */
  readonly tombstoneMs: number
  readonly tombstoneCollections: number
  /** More dead cgroups than this lose their names early, oldest first. */
  readonly maxTombstones: number
  /** An unknown cgroup is held for so long before its calls go to `UNRESOLVED`. */
  readonly holdMs: number
  /** Cgroups held at once; more go to `UNRESOLVED` at once. */
  readonly maxHeld: number
  /** An unresolved cgroup that still makes calls is looked for again after this. */
  readonly retryMs: number
  /** At least this long between the starts of two walks, and at most so many cgroups of a walk at a time. */
  readonly walkIntervalMs: number
  readonly walkStep: number
}

const LIMITS: RegistryLimits = {
  tombstoneMs: 30_000,
  tombstoneCollections: 2,
  maxTombstones: 100_000,
  holdMs: 10_000,
  maxHeld: 4096,
  retryMs: 300_000,
  walkIntervalMs: 30_000,
  // A step of 500 takes about 10 ms
  walkStep: 500,
}

export interface RegistryStats {
  /** Cgroups with a name, dead ones included; of them dead. */
  readonly cgroups: number
  readonly tombstones: number
  readonly resources: number
  /** Cgroups waiting for a name. */
  readonly held: number
  /** Cgroups given up, so far. */
  readonly unresolved: number
  readonly births: number
  readonly deaths: number
  readonly walks: number
}

interface Walk {
  readonly entries: Iterator<TreeEntry>
  /** Cgroups that live, as far as this walk and the births since its start know. */
  readonly living: Set<CgroupKey>
}

export class CgroupRegistry {
  readonly #options: RegistryOptions
  readonly #limits: RegistryLimits
  readonly #owners = new Owners()
  readonly #ownerByCgroup = new Map<CgroupKey, number>()
  readonly #paths = new Map<CgroupKey, string>()
  readonly #tombstones: Tombstones
  readonly #wanted: Wanted
  #moves = new Map<number, number>()
  /** What `resolveWanted` gave last: owners that were held until then. */
  #moved = new Map<number, number>()
  /** What `endCollection` gave last. */
  #ended: number[] = []
  #walk: Walk | undefined
  #walkDueMs = Number.NEGATIVE_INFINITY
  #isAuditDue = false
  readonly #counts = { births: 0, deaths: 0, walks: 0 }

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#tombstones = new Tombstones(this.#limits)
    this.#wanted = new Wanted(this.#limits)
  }

  /** The owner of a cgroup's calls, by the words of its id. Always gives one; an unknown cgroup is wanted from now on. */
  readonly ownerOf = (low: number, high: number): number => {
    const key = cgroupKey(low, high)
    return this.#ownerByCgroup.get(key) ?? this.#want(key)
  }

  /** Whom an owner stands for; undefined while it is held: its calls must wait. */
  resourceOf(owner: number): Resource | undefined {
    return this.#owners.resource(owner)
  }

  /** Whose a cgroup is, as far as known: one that is not is not looked for. By the words of its id. */
  resourceOfCgroup(low: number, high: number): Resource | undefined {
    const owner = this.#ownerByCgroup.get(cgroupKey(low, high))
    return owner === undefined ? undefined : this.#owners.resource(owner)
  }

  /** Cgroups that have a name and live, with their owners. */
  *named(): Generator<[key: CgroupKey, owner: number]> {
    for (const entry of this.#ownerByCgroup)
      if (!this.#wanted.has(entry[0]) && !this.#tombstones.has(entry[0])) yield entry
  }

  /** The path of a cgroup that has a name, from the root of the hierarchy; '' where paths are not kept. */
  pathOf(key: CgroupKey): string {
    return this.#paths.get(key) ?? ''
  }

  /** A cgroup was made. `path` is empty where the kernel withholds it. */
  birth(key: CgroupKey, path: string): void {
    this.#counts.births++
    const found = path === '' ? this.#options.pathOf(BigInt(key)) : path
    // Without a path it will be wanted when it makes a call.
    if (found !== undefined) this.#name(key, found)
  }

  /** A cgroup was removed. Its name is kept for a while, for the calls that are yet to be read. */
  death(key: CgroupKey): void {
    if (this.#tombstones.add(key, this.#options.nowMs())) this.#counts.deaths++
  }

  /** Names every cgroup there is. For the start, when births are already being listened to. */
  readTree(): void {
    this.#startWalk()
    this.#stepWalk(Number.POSITIVE_INFINITY)
  }

  /** Births or deaths were lost: the next calls of `resolveWanted` compare with a walk. */
  distrust(): void {
    this.#isAuditDue = true
  }

  /**
   * Looks for the paths of wanted cgroups. Gives the owners that are no longer held, each with the owner that takes its
   * calls; to be moved before anything else is read. Bounded work; to be called before each `endCollection`, or more often.
   * `holdMs` 0, at the very end, leaves nothing held.
   */
  resolveWanted(holdMs = this.#limits.holdMs): ReadonlyMap<number, number> {
    for (const owner of this.#moved.keys()) this.#owners.free(owner)
    const nowMs = this.#options.nowMs()
    for (const key of this.#wanted.due(nowMs)) {
      const path = this.#options.pathOf(BigInt(key))
      if (path !== undefined) this.#name(key, path)
    }
    if (this.#walk === undefined && (this.#isAuditDue || this.#wanted.held > 0) && nowMs >= this.#walkDueMs) {
      this.#startWalk()
    }
    if (this.#walk !== undefined) this.#stepWalk(this.#limits.walkStep)
    for (const key of this.#wanted.expired(nowMs, holdMs)) this.#giveUp(key)
    for (const key of this.#wanted.forgotten(nowMs)) this.#ownerByCgroup.delete(key)
    this.#moved = this.#moves
    this.#moves = new Map()
    return this.#moved
  }

  /**
   * Counts a collection. Gives the owners that end with it: their series are sent for the last time now, and their
   * numbers mean something else after the next call.
   */
  endCollection(): readonly number[] {
    for (const owner of this.#ended) this.#owners.free(owner)
    this.#ended = []
    for (const key of this.#tombstones.expire(this.#options.nowMs())) this.#forget(key)
    return this.#ended
  }

  stats(): RegistryStats {
    return {
      ...this.#counts,
      cgroups: this.#ownerByCgroup.size - this.#wanted.size,
      tombstones: this.#tombstones.size,
      resources: this.#owners.named,
      held: this.#wanted.held,
      unresolved: this.#wanted.givenUp,
    }
  }

  #name(key: CgroupKey, path: string): void {
    this.#walk?.living.add(key)
    const before = this.#ownerByCgroup.get(key)
    if (before !== undefined && !this.#wanted.has(key)) return
    if (this.#options.keepsPaths) this.#paths.set(key, path)
    const owner = this.#owners.join(toResource(parseCgroupPath(path)))
    this.#ownerByCgroup.set(key, owner)
    if (before !== undefined && this.#wanted.remove(key)) this.#moves.set(before, owner)
  }

  #want(key: CgroupKey): number {
    const isHeld = this.#wanted.add(key, this.#options.nowMs())
    const owner = isHeld ? this.#owners.hold() : UNRESOLVED_OWNER
    this.#ownerByCgroup.set(key, owner)
    return owner
  }

  #giveUp(key: CgroupKey): void {
    const held = this.#ownerByCgroup.get(key)!
    this.#wanted.giveUp(key, this.#options.nowMs())
    this.#ownerByCgroup.set(key, UNRESOLVED_OWNER)
    this.#moves.set(held, UNRESOLVED_OWNER)
  }

  /** A dead cgroup's time is up. */
  #forget(key: CgroupKey): void {
    this.#paths.delete(key)
    const owner = this.#ownerByCgroup.get(key)
    if (owner === undefined) return
    if (this.#wanted.isHeld(key)) this.#giveUp(key)
    this.#ownerByCgroup.delete(key)
    if (this.#wanted.drop(key)) return
    if (this.#owners.leave(owner)) this.#ended.push(owner)
  }

  #startWalk(): void {
    this.#counts.walks++
    this.#walkDueMs = this.#options.nowMs() + this.#limits.walkIntervalMs
    this.#walk = { entries: this.#options.walk(), living: new Set() }
  }

  #stepWalk(most: number): void {
    const { entries, living } = this.#walk!
    for (let n = 0; n < most; n++) {
      const { done, value } = entries.next()
      if (done) {
        this.#walk = undefined
        this.#bury(living)
        return
      }
      this.#name(value.key, value.path)
    }
  }

  /** After a walk: what did not live, and nobody said so, is dead. */
  #bury(living: ReadonlySet<CgroupKey>): void {
    const isAudit = this.#isAuditDue && this.#options.isWholeTree && living.size > 0
    this.#isAuditDue = false
    if (!isAudit) return
    for (const key of this.#ownerByCgroup.keys()) if (!living.has(key)) this.death(key)
  }
}

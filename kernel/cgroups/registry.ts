/**
 * The owner of a cgroup's calls: cgroup id → place → identity → resource, as owner numbers that the counters' state
 * keeps. Births and deaths come from the kernel; cgroups that were there before come from a walk; an id that is neither is
 * held under an owner of its own and walked for at once. None is given up before a walk that began after its first sight has
 * ended.
 */
import type { Resource } from '../../pipeline/data/metrics.ts'
import { type CgroupKey, cgroupKey } from './cgroup-key.ts'
import { ContainerIds } from './container-ids.ts'
import { toText } from './names.ts'
import { Owners, UNRESOLVED_OWNER } from './owners.ts'
import { type Place, toIdentity } from './place.ts'
import { type Naming, Places } from './places.ts'
import { toResource } from './resource.ts'
import { Tombstones } from './tombstones.ts'
import type { TreeEntry } from './tree.ts'
import { Walker } from './walker.ts'
import { Wanted } from './wanted.ts'

export interface RegistryOptions {
  /** Milliseconds that never go back. */
  readonly nowMs: () => number
  /** Path of a living cgroup by its id, where births come without a name; undefined when it is gone or out of sight. */
  readonly pathOf: (key: CgroupKey) => string | undefined
  /** Returns the owner of a living cgroup's folder; undefined if the folder is gone or out of sight. */
  readonly uidOf: (key: CgroupKey, path: string) => number | undefined
  /** A new walk of all hierarchies. */
  readonly walk: () => Iterator<TreeEntry>
  /** Whether a walk shows all cgroups. False: the agent sees a part, and a cgroup that a walk lacks may live. */
  readonly isWholeTree: boolean
  /** Called for every cgroup that gets a first or another name. */
  readonly named?: (key: CgroupKey, resource: Resource) => void
  /** Is told when a cgroup with a name is forgotten, some time after its death. */
  readonly forgotten?: (key: CgroupKey) => void
  readonly limits?: Partial<RegistryLimits>
}

export interface RegistryLimits {
  /** A dead cgroup keeps its name for so long, and for so many collections. */
  readonly tombstoneMs: number
  readonly tombstoneCollections: number
  /** More dead cgroups than this lose their names early, oldest first. */
  readonly maxTombstones: number
  /** An unknown cgroup is held for so long, and until a walk has looked for it, before its calls go to `UNRESOLVED`. */
  readonly holdMs: number
  /** Cgroups held at once; more go to `UNRESOLVED` at once. */
  readonly maxHeld: number
  /** Time after which an unresolved cgroup that still makes calls is looked for again. */
  readonly retryMs: number
  readonly walkStep: number
}

const LIMITS: RegistryLimits = {
  tombstoneMs: 30_000,
  tombstoneCollections: 2,
  maxTombstones: 100_000,
  holdMs: 10_000,
  maxHeld: 32_768,
  retryMs: 300_000,
  // A step of 500 takes about 10 ms
  walkStep: 500,
}

interface RegistryStats {
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

export class CgroupRegistry {
  readonly #options: RegistryOptions
  readonly #limits: RegistryLimits
  readonly #owners = new Owners()
  readonly #ownerByCgroup = new Map<CgroupKey, number>()
  readonly #places: Places
  readonly #containers = new ContainerIds()
  readonly #tombstones: Tombstones
  readonly #wanted: Wanted
  readonly #walker: Walker
  /** Parents that were missing when the walk began. */
  #missing: readonly CgroupKey[] = []
  #moves = new Map<number, number>()
  /** The last result of `resolveWanted`: owners that were held until then. */
  #moved = new Map<number, number>()
  /** The last result of `endCollection`. */
  #ended: number[] = []
  #isAuditDue = false
  /** Names that cgroups had before; each stands among the dead under a key that no cgroup has. */
  #formerNames = 0
  readonly #counts = { births: 0, deaths: 0 }
  /** Owners whose first cgroup was made while births were being told. */
  readonly #watched = new Set<number>()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#places = new Places(options.uidOf, options.isWholeTree)
    this.#tombstones = new Tombstones(this.#limits)
    this.#wanted = new Wanted(this.#limits)
    this.#walker = new Walker({ ...options, limits: this.#limits })
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

  /** Returns the resource of a cgroup, by the two words of its id. Undefined: not known, and not looked for. */
  resourceOfCgroup(low: number, high: number): Resource | undefined {
    const owner = this.#ownerByCgroup.get(cgroupKey(low, high))
    return owner === undefined ? undefined : this.#owners.resource(owner)
  }

  /** Whether the resource was there from its first cgroup on while births were being told; undefined: there is no such resource. */
  isWatched(resourceId: string): boolean | undefined {
    const owner = this.#owners.ofResource(resourceId)
    return owner === undefined ? undefined : this.#watched.has(owner)
  }

  /** Cgroups that have a name and live, with their owners. */
  *named(): Generator<[key: CgroupKey, owner: number]> {
    for (const entry of this.#ownerByCgroup)
      if (!this.#wanted.has(entry[0]) && !this.#tombstones.has(entry[0])) yield entry
  }

  /** Returns the path of a cgroup with a name, from the root of the hierarchy; '' for other cgroups. */
  pathOf(key: CgroupKey): string {
    return toText(this.#places.get(key)?.path ?? '')
  }

  /** A cgroup was made. */
  birth(key: CgroupKey, naming: Naming): void {
    this.#counts.births++
    const before = this.#owners.made
    this.#born(key, naming)
    const owner = this.#ownerByCgroup.get(key)
    // A cgroup that is made in one that was there before is no beginning.
    if (owner !== undefined && !this.#wanted.has(key) && this.#owners.made > before) this.#watched.add(owner)
  }

  /** A cgroup (v1) has another name: the calls of it and of those below it belong to who has that name, from now on. */
  rename(key: CgroupKey, naming: Naming): void {
    const before = this.#places.get(key)
    if (before === undefined) {
      this.#born(key, naming)
      return
    }
    const place = this.#places.placeOf(key, naming)
    if (place === undefined || place.path === before.path) return
    const below = [...this.#places.below(before.path)]
    this.#rename(key, place)
    for (const [child, childPlace, rest] of below)
      this.#rename(child, { ...childPlace, path: place.path + rest })
  }

  /** A cgroup was removed. Its name is kept for a while, for the calls that are yet to be read. */
  death(key: CgroupKey): void {
    if (this.#tombstones.add(key, this.#options.nowMs())) this.#counts.deaths++
  }

  /** Whether the cgroup was removed lately. */
  isDead(key: CgroupKey): boolean {
    return this.#tombstones.has(key)
  }

  /** Names every cgroup there is. For the start, when births are already being listened to. */
  readTree(): void {
    this.#beginWalk()
    this.#stepWalk(Number.POSITIVE_INFINITY)
  }

  /** Births or deaths were lost: the next calls of `resolveWanted` compare with a walk. */
  distrust(): void {
    this.#isAuditDue = true
  }

  /** Whether a cgroup is being looked for, so that `resolveWanted` is worth a call. */
  get isLooking(): boolean {
    return this.#walker.isWalking || this.#isAuditDue || this.#wanted.held > 0 || this.#moves.size > 0
  }

  /**
   * Looks for wanted cgroups. Gives the owners that are no longer held, each with the owner that takes its calls; to be moved
   * before anything else is read. Bounded work; to be called before each `endCollection`, or more often. `isLast`, at the very
   * end, walks to the end and leaves nothing held.
   */
  resolveWanted(isLast = false): ReadonlyMap<number, number> {
    for (const owner of this.#moved.keys()) this.#owners.free(owner)
    const nowMs = this.#options.nowMs()
    if (isLast) this.walkToTheEnd()
    else this.#walkABit()
    // In sight of a part, births there are known; what a walk does not find either is elsewhere, and never gets a name.
    const holdMs = isLast || !this.#options.isWholeTree ? 0 : this.#limits.holdMs
    for (const key of this.#wanted.expired(nowMs, holdMs, this.#walker.ended)) this.#giveUp(key)
    for (const key of this.#wanted.forgotten(nowMs)) this.#ownerByCgroup.delete(key)
    this.#moved = this.#moves
    this.#moves = new Map()
    return this.#moved
  }

  /** Looks at all cgroups once, if any is wanted, however long it takes; `resolveWanted` then knows of those that live. */
  walkToTheEnd(): void {
    this.#stepWalk(Number.POSITIVE_INFINITY)
    if (!this.#isWalkNeeded) return
    this.#beginWalk()
    this.#stepWalk(Number.POSITIVE_INFINITY)
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
      walks: this.#walker.started,
      cgroups: this.#ownerByCgroup.size - this.#wanted.size,
      tombstones: this.#tombstones.size,
      resources: this.#owners.named,
      held: this.#wanted.held,
      unresolved: this.#wanted.givenUp,
    }
  }

  #born(key: CgroupKey, naming: Naming): void {
    const path = naming.name === '' ? this.#options.pathOf(key) : undefined
    const name = path === undefined ? naming.name : path.slice(path.lastIndexOf('/') + 1)
    // Without a name it will be wanted when it makes a call.
    const place = name === '' ? undefined : this.#places.placeOf(key, { ...naming, name })
    if (place) this.#name(key, place)
  }

  #name(key: CgroupKey, place: Place): void {
    this.#walker.see(key)
    const before = this.#ownerByCgroup.get(key)
    if (before !== undefined && !this.#wanted.has(key)) return
    this.#own(key, place)
    if (before !== undefined && this.#wanted.remove(key))
      this.#moves.set(before, this.#ownerByCgroup.get(key)!)
    for (const [child, naming] of this.#places.set(key, place)) this.#born(child, naming)
  }

  #own(key: CgroupKey, place: Place): void {
    const resource = toResource(this.#containers.add(key, toIdentity(place)))
    this.#ownerByCgroup.set(key, this.#owners.join(resource))
    this.#options.named?.(key, resource)
  }

  /** Gives a cgroup its new name. The owner it had before ends like a dead one, and keeps its calls until now. */
  #rename(key: CgroupKey, place: Place): void {
    const former = -++this.#formerNames
    const owner = this.#ownerByCgroup.get(key)!
    this.#containers.move(key, former)
    this.#places.set(key, place)
    this.#own(key, place)
    if (this.#ownerByCgroup.get(key) === owner) {
      this.#containers.delete(former)
      this.#owners.leave(owner)
      return
    }
    this.#ownerByCgroup.set(former, owner)
    this.#tombstones.add(former, this.#options.nowMs())
  }

  #want(key: CgroupKey): number {
    this.#walker.see(key)
    const isHeld = this.#wanted.add(key, this.#options.nowMs(), this.#walker.started)
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
    this.#places.delete(key)
    this.#containers.delete(key)
    const owner = this.#ownerByCgroup.get(key)
    if (owner === undefined) return
    if (this.#wanted.isHeld(key)) this.#giveUp(key)
    this.#ownerByCgroup.delete(key)
    if (this.#wanted.drop(key)) return
    if (key >= 0) this.#options.forgotten?.(key)
    if (!this.#owners.leave(owner)) return
    this.#ended.push(owner)
    this.#watched.delete(owner)
  }

  get #isWalkNeeded(): boolean {
    return this.#isAuditDue || this.#wanted.hasNewSince(this.#walker.started)
  }

  #walkABit(): void {
    if (this.#isWalkNeeded && this.#walker.isDue) this.#beginWalk()
    this.#stepWalk()
  }

  #beginWalk(): void {
    const isAudit = this.#isAuditDue && this.#options.isWholeTree
    this.#isAuditDue = false
    this.#missing = this.#places.missing()
    this.#walker.begin(isAudit)
  }

  #stepWalk(most?: number): void {
    if (!this.#walker.isWalking) return
    const living = this.#walker.step(({ key, place }) => this.#name(key, place), most)
    if (this.#walker.isWalking) return
    this.#places.giveUp(this.#missing)
    if (living !== undefined && living.size > 0) this.#bury(living)
  }

  /** After an audit: what did not live, and nobody said so, is dead. */
  #bury(living: ReadonlySet<CgroupKey>): void {
    for (const key of this.#ownerByCgroup.keys()) if (!living.has(key)) this.death(key)
  }
}

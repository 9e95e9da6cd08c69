/** The places of cgroups: each below its parent, also if the birth of the child is read before that of the parent. */
import type { CgroupKey } from './cgroup-key.ts'
import { isRootKey, type Place, placeBelow, rootsPlace } from './place.ts'

/** The kernel's message about a cgroup that was made or renamed. */
export interface Naming {
  readonly parent: CgroupKey
  /** The name, a character per byte; empty if the kernel withholds it. */
  readonly name: string
  readonly makerUid: number
}

/** Most births that wait for the birth of their parent; a walk finds the others. */
const MAX_ORPHANS = 10_000

const ROOT = rootsPlace('/')

export class Places {
  readonly #uidOf: (key: CgroupKey, path: string) => number | undefined
  readonly #isWholeTree: boolean
  readonly #places = new Map<CgroupKey, Place>()
  readonly #orphans = new Map<CgroupKey, [key: CgroupKey, naming: Naming][]>()
  #orphanCount = 0

  /**
   * `uidOf`: who owns the folder of a living cgroup now. `isWholeTree`: everything below the root is ours, also what nobody has seen yet;
   * false: only what is below a cgroup that was set.
   */
  constructor(uidOf: (key: CgroupKey, path: string) => number | undefined, isWholeTree = true) {
    this.#uidOf = uidOf
    this.#isWholeTree = isWholeTree
  }

  get(key: CgroupKey): Place | undefined {
    return this.#places.get(key)
  }

  /** Sets the place of a cgroup, and returns the children that waited for it. */
  set(key: CgroupKey, place: Place): readonly [key: CgroupKey, naming: Naming][] {
    this.#places.set(key, place)
    const children = this.#orphans.get(key)
    if (children === undefined) return []
    this.#orphans.delete(key)
    this.#orphanCount -= children.length
    return children
  }

  delete(key: CgroupKey): void {
    this.#places.delete(key)
  }

  /** Returns the place of a new cgroup. Undefined: its parent is not known yet, and `set` of the parent will return the child. */
  placeOf(key: CgroupKey, naming: Naming): Place | undefined {
    const parent = this.#parent(naming.parent)
    if (parent === undefined) this.#wait(key, naming)
    return parent && placeBelow(parent, naming.name, naming.makerUid)
  }

  /** Yields the places below a path, each with the rest of its own path. */
  *below(path: string): Generator<[key: CgroupKey, place: Place, rest: string]> {
    for (const [key, place] of this.#places)
      if (place.path.startsWith(`${path}/`)) yield [key, place, place.path.slice(path.length)]
  }

  /** Parents that births wait for. */
  missing(): readonly CgroupKey[] {
    return [...this.#orphans.keys()]
  }

  /** Forgets children that wait for these parents: a walk has seen all cgroups without finding them. */
  giveUp(parents: readonly CgroupKey[]): void {
    for (const parent of parents) {
      this.#orphanCount -= this.#orphans.get(parent)?.length ?? 0
      this.#orphans.delete(parent)
    }
  }

  /** Returns the parent's place with the folder's present owner: root makes a user's folders and then hands them over. */
  #parent(key: CgroupKey): Place | undefined {
    const known = this.#places.get(key)
    if (known === undefined) return this.#isWholeTree && isRootKey(key) ? ROOT : undefined
    const uid = known.uid === 0 && !isRootKey(key) ? this.#uidOf(key, known.path) : undefined
    if (uid === undefined || uid === known.uid) return known
    const place = { ...known, uid }
    this.#places.set(key, place)
    return place
  }

  #wait(key: CgroupKey, naming: Naming): void {
    if (this.#orphanCount >= MAX_ORPHANS) return
    this.#orphanCount++
    const siblings = this.#orphans.get(naming.parent)
    if (siblings) siblings.push([key, naming])
    else this.#orphans.set(naming.parent, [[key, naming]])
  }
}

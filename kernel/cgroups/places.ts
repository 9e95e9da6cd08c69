/** Where the cgroups are: each below its parent, also when the birth of the child is read before that of the parent. */
import type { CgroupKey } from './cgroup-key.ts'
import { isRootKey, type Place, placeBelow, rootsPlace } from './place.ts'

/** What the kernel says of a cgroup that was made or renamed. */
export interface Naming {
  readonly parent: CgroupKey
  /** A character per byte; empty where the kernel withholds it. */
  readonly name: string
  readonly makerUid: number
}

/** Births that wait for the birth of their parent, at most; a walk finds the others. */
const MAX_ORPHANS = 10_000

const ROOT = rootsPlace('/')

export class Places {
  readonly #uidOf: (key: CgroupKey, path: string) => number | undefined
  readonly #places = new Map<CgroupKey, Place>()
  readonly #orphans = new Map<CgroupKey, [key: CgroupKey, naming: Naming][]>()
  #orphanCount = 0

  /** `uidOf`: who owns the folder of a living cgroup now. */
  constructor(uidOf: (key: CgroupKey, path: string) => number | undefined) {
    this.#uidOf = uidOf
  }

  get(key: CgroupKey): Place | undefined {
    return this.#places.get(key)
  }

  /** Places it, and gives those whose place could not be told before it. */
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

  /** Where a new cgroup is. Undefined: its parent is not known yet, `set` of that will give it back. */
  placeOf(key: CgroupKey, naming: Naming): Place | undefined {
    const parent = this.#parent(naming.parent)
    if (parent === undefined) this.#wait(key, naming)
    return parent && placeBelow(parent, naming.name, naming.makerUid)
  }

  /** The places below a path, with what follows it. */
  *below(path: string): Generator<[key: CgroupKey, place: Place, rest: string]> {
    for (const [key, place] of this.#places)
      if (place.path.startsWith(`${path}/`)) yield [key, place, place.path.slice(path.length)]
  }

  /** Parents that births wait for. */
  missing(): readonly CgroupKey[] {
    return [...this.#orphans.keys()]
  }

  /** These parents will not be found: a walk has seen all there are. */
  giveUp(parents: readonly CgroupKey[]): void {
    for (const parent of parents) {
      this.#orphanCount -= this.#orphans.get(parent)?.length ?? 0
      this.#orphans.delete(parent)
    }
  }

  /** With the owner its folder has now: root makes a user's folders, and then hands them over. */
  #parent(key: CgroupKey): Place | undefined {
    const known = this.#places.get(key)
    if (known === undefined) return isRootKey(key) ? ROOT : undefined
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

/** Cgroups that died lately, oldest first. */
import type { CgroupKey } from './cgroup-key.ts'

interface Limits {
  readonly tombstoneMs: number
  readonly tombstoneCollections: number
  readonly maxTombstones: number
}

interface Tombstone {
  readonly diedMs: number
  readonly diedInCollection: number
}

export class Tombstones {
  readonly #limits: Limits
  /** In order of death. */
  readonly #dead = new Map<CgroupKey, Tombstone>()
  #collection = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#dead.size
  }

  has(key: CgroupKey): boolean {
    return this.#dead.has(key)
  }

  /** False: it is dead already. */
  add(key: CgroupKey, nowMs: number): boolean {
    if (this.#dead.has(key)) return false
    this.#dead.set(key, { diedMs: nowMs, diedInCollection: this.#collection })
    return true
  }

  /** Ends a collection, and removes and gives those that have outlived both limits, or are too many. */
  expire(nowMs: number): CgroupKey[] {
    this.#collection++
    const expired: CgroupKey[] = []
    const surplus = this.#dead.size - this.#limits.maxTombstones
    for (const [key, { diedMs, diedInCollection }] of this.#dead) {
      const isOver =
        nowMs - diedMs >= this.#limits.tombstoneMs &&
        this.#collection - diedInCollection > this.#limits.tombstoneCollections
      if (!isOver && expired.length >= surplus) break
      this.#dead.delete(key)
      expired.push(key)
    }
    return expired
  }
}

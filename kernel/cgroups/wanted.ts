/** Cgroups without a name: held while there is hope, then given up, then looked for anew if they still make calls. */
import type { CgroupKey } from './cgroup-key.ts'

interface Limits {
  readonly maxHeld: number
  readonly retryMs: number
}

/** Given-up cgroups that are remembered; more are looked for again before their time. */
const MAX_GIVEN_UP = 100_000

interface Held {
  readonly sinceMs: number
  /** Walks that had begun at its first sight: a later one will find it, if it lives. */
  readonly sinceWalk: number
}

export class Wanted {
  readonly #limits: Limits
  /** In order of first sight. */
  readonly #held = new Map<CgroupKey, Held>()
  /** Since when, in that order. */
  readonly #givenUp = new Map<CgroupKey, number>()
  #newest = -1
  /** Cgroups given up, so far. */
  givenUp = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get held(): number {
    return this.#held.size
  }

  /** Held and given up. */
  get size(): number {
    return this.#held.size + this.#givenUp.size
  }

  has(key: CgroupKey): boolean {
    return this.#held.has(key) || this.#givenUp.has(key)
  }

  isHeld(key: CgroupKey): boolean {
    return this.#held.has(key)
  }

  /** Returns whether a cgroup was first seen after this walk began. */
  hasNewSince(walk: number): boolean {
    return this.#held.size > 0 && this.#newest >= walk
  }

  /** True: it is held. False: there are too many, it is given up at once. `walk`: the last one that has begun. */
  add(key: CgroupKey, nowMs: number, walk: number): boolean {
    if (this.#held.size >= this.#limits.maxHeld) {
      this.giveUp(key, nowMs)
      return false
    }
    this.#held.set(key, { sinceMs: nowMs, sinceWalk: walk })
    this.#newest = walk
    return true
  }

  /** Removes a cgroup that got a name. True: it was held until now. */
  remove(key: CgroupKey): boolean {
    this.#givenUp.delete(key)
    return this.#held.delete(key)
  }

  /** Removes a cgroup that died. True: it was given up before. */
  drop(key: CgroupKey): boolean {
    return this.#givenUp.delete(key)
  }

  giveUp(key: CgroupKey, nowMs: number): void {
    this.#held.delete(key)
    this.#givenUp.set(key, nowMs)
    this.givenUp++
  }

  /** Returns cgroups held for `holdMs` for which a walk has ended that began after their first sight. `walk` is the last that has ended. */
  expired(nowMs: number, holdMs: number, walk: number): CgroupKey[] {
    return firsts(this.#held, held => nowMs - held.sinceMs >= holdMs && held.sinceWalk < walk)
  }

  /** Removes and gives those given up so long ago that they deserve another look. */
  forgotten(nowMs: number): CgroupKey[] {
    let surplus = this.#givenUp.size - MAX_GIVEN_UP
    const keys = firsts(this.#givenUp, sinceMs => surplus-- > 0 || nowMs - sinceMs >= this.#limits.retryMs)
    for (const key of keys) this.#givenUp.delete(key)
    return keys
  }
}

/** The keys before the first entry that does not pass. */
function firsts<V>(entries: ReadonlyMap<CgroupKey, V>, passes: (value: V) => boolean): CgroupKey[] {
  const keys: CgroupKey[] = []
  for (const [key, value] of entries) {
    if (!passes(value)) break
    keys.push(key)
  }
  return keys
}

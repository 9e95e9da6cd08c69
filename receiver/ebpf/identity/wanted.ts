/** Cgroups without a name: held while there is hope, then given up, then looked for anew if they still make calls. */
import type { CgroupKey } from './cgroup-key.ts'

interface Limits {
  readonly maxHeld: number
  readonly retryMs: number
}

/** Looks for a cgroup's path: at once, and again after each of these. */
const RETRY_MS = 1000
/** Given-up cgroups that are remembered; more are looked for again before their time. */
const MAX_GIVEN_UP = 100_000

interface Held {
  readonly sinceMs: number
  triedMs: number
}

export class Wanted {
  readonly #limits: Limits
  /** In order of first sight. */
  readonly #held = new Map<CgroupKey, Held>()
  /** Since when, in that order. */
  readonly #givenUp = new Map<CgroupKey, number>()
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

  /** True: it is held. False: there are too many, it is given up at once. */
  add(key: CgroupKey, nowMs: number): boolean {
    if (this.#held.size >= this.#limits.maxHeld) {
      this.giveUp(key, nowMs)
      return false
    }
    this.#held.set(key, { sinceMs: nowMs, triedMs: Number.NEGATIVE_INFINITY })
    return true
  }

  /** It has a name. True: it was held until now. */
  remove(key: CgroupKey): boolean {
    this.#givenUp.delete(key)
    return this.#held.delete(key)
  }

  /** It is dead. True: it was given up before. */
  drop(key: CgroupKey): boolean {
    return this.#givenUp.delete(key)
  }

  giveUp(key: CgroupKey, nowMs: number): void {
    this.#held.delete(key)
    this.#givenUp.set(key, nowMs)
    this.givenUp++
  }

  /** Those whose path is to be looked for now. */
  due(nowMs: number): CgroupKey[] {
    const due: CgroupKey[] = []
    for (const [key, held] of this.#held) {
      if (nowMs - held.triedMs < RETRY_MS) continue
      held.triedMs = nowMs
      due.push(key)
    }
    return due
  }

  /** Those held for `holdMs`. */
  expired(nowMs: number, holdMs: number): CgroupKey[] {
    return firsts(this.#held, held => nowMs - held.sinceMs >= holdMs)
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

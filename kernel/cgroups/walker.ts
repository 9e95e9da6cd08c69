/** Walks of the cgroup tree, one at a time and in steps, as often as their cost allows. */
import type { CgroupKey } from './cgroup-key.ts'
import type { TreeEntry } from './tree.ts'

interface Limits {
  /** Most cgroups that one step of a walk reads. */
  readonly walkStep: number
}

/** A walk of one second is followed by a pause of 20: walks take a twentieth of the time at most. */
const PAUSE_PER_WORK = 20
const MAX_PAUSE_MS = 30_000

interface Walk {
  readonly entries: Iterator<TreeEntry>
  /** Cgroups that live, as far as this walk and what was seen since its start know. */
  readonly living: Set<CgroupKey>
  /** Whether cgroups that the walk did not find are dead. */
  readonly isAudit: boolean
  workMs: number
}

interface WalkerOptions {
  readonly nowMs: () => number
  /** A new walk of the whole tree. */
  readonly walk: () => Iterator<TreeEntry>
  readonly limits: Limits
}

export class Walker {
  readonly #options: WalkerOptions
  #walk: Walk | undefined
  #dueMs = Number.NEGATIVE_INFINITY
  /** Walks so far, which is also the number of the last one; and the last that has ended. */
  started = 0
  ended = 0

  constructor(options: WalkerOptions) {
    this.#options = options
  }

  get isWalking(): boolean {
    return this.#walk !== undefined
  }

  /** None is under way, and the last one was long enough ago. */
  get isDue(): boolean {
    return this.#walk === undefined && this.#options.nowMs() >= this.#dueMs
  }

  begin(isAudit = false): void {
    this.started++
    this.#walk = { entries: this.#options.walk(), living: new Set(), isAudit, workMs: 0 }
  }

  /** The cgroup was seen to live while a walk, if any, is under way. */
  see(key: CgroupKey): void {
    this.#walk?.living.add(key)
  }

  /** Goes on with the walk that is under way. At its end gives those that live, if it was an audit. */
  step(
    found: (entry: TreeEntry) => void,
    most = this.#options.limits.walkStep,
  ): ReadonlySet<CgroupKey> | undefined {
    const walk = this.#walk
    if (walk === undefined) return undefined
    const { nowMs } = this.#options
    const startMs = nowMs()
    const isOver = advance(walk.entries, found, most)
    walk.workMs += nowMs() - startMs
    if (!isOver) return undefined
    this.#walk = undefined
    this.ended = this.started
    this.#dueMs = nowMs() + Math.min(MAX_PAUSE_MS, PAUSE_PER_WORK * walk.workMs)
    return walk.isAudit ? walk.living : undefined
  }
}

/** True: there is no more. */
function advance(entries: Iterator<TreeEntry>, found: (entry: TreeEntry) => void, most: number): boolean {
  for (let n = 0; n < most; n++) {
    const { done, value } = entries.next()
    if (done) return true
    found(value)
  }
  return false
}

/** Which jobs get which events: what they think of each cgroup, and what waits until they can tell. */

import type { CgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import { headedRecordWords } from '../../kernel/trace-record.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { EventList } from '../events/event-list.ts'
import type { Gap } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { type Decision, hasAny, type JobSet, NO_JOBS, toBits } from '../requests/jobs.ts'
import { sortedByRuns } from './order.ts'
import { Told } from './told.ts'

export interface WaitLimits {
  /** An event whose jobs cannot tell yet whether they want it waits so long at most, and so many wait at once. */
  readonly holdMs: number
  readonly maxHeld: number
}

/** Of what has no name yet. */
const NAMELESS: Decision = { wanted: NO_JOBS, undecided: { low: -1, high: -1 } }

export class Decider {
  readonly #limits: WaitLimits
  readonly #decide: (cgroup: CgroupKey, resource: Resource) => Decision
  readonly #decisions = new Map<CgroupKey, Decision>()
  readonly #told = new Told()
  /** Cgroups that died lately: their decisions are forgotten with the second look. */
  #dead: CgroupKey[] = []
  #deadBefore: CgroupKey[] = []
  #waiting = new EventList()
  /** So many events at the head of the next list have waited before: their records are copies already. */
  #copied = 0
  /** By whose events they are, and the jobs that may have wanted them. */
  readonly #gaps = new Map<string, Gap & { events: number }>()
  /** Jobs that follow a process: what they get needs no other reason. */
  followers: JobSet = NO_JOBS

  constructor(limits: WaitLimits, decide: (cgroup: CgroupKey, resource: Resource) => Decision) {
    this.#limits = limits
    this.#decide = decide
  }

  /** Remembered until `forgetAll`. Nobody knows what to think of a cgroup without a name. */
  decisionOf(cgroup: CgroupKey, resource: Resource | undefined): Decision {
    if (resource === undefined) return NAMELESS
    const known = this.#decisions.get(cgroup)
    if (known !== undefined) return known
    const decision = this.#decide(cgroup, resource)
    this.#decisions.set(cgroup, decision)
    return decision
  }

  /** The jobs, or what they look at, have changed. */
  forgetAll(): void {
    this.#decisions.clear()
  }

  /** The cgroup is gone; calls made in it may still come with this look and the next. */
  bury(cgroup: CgroupKey): void {
    this.#dead.push(cgroup)
  }

  /** Events that are not given out yet; they are the caller's from now on. */
  takeWaiting(): EventList {
    const waiting = this.#waiting
    this.#waiting = new EventList()
    this.#copied = waiting.length
    return waiting
  }

  /** Events that waited too long, since the last call: one gap for each container, however their events were mixed. */
  takeGaps(): Gap[] {
    const gaps = [...this.#gaps.values()]
    this.#gaps.clear()
    return gaps
  }

  /**
   * Of events that begin with those of `takeWaiting`, chooses what ended before `now`, in order, and sets whose it is. The rest waits:
   * something that ended earlier may still be on its way. `isLast`: nothing waits any longer.
   */
  choose(events: EventList, now: number, isLast: boolean): Uint32Array {
    const chosen = new Uint32Array(events.length)
    const order = sortedByRuns(events.end, events.length)
    let [count, lastThread] = [0, -1]
    let decision = NAMELESS
    let isNobody = false
    for (let n = 0; n < order.length; n++) {
      const i = order[n]!
      const thread = events.thread[i]!
      if (thread !== lastThread) {
        const { cgroup, resource, version } = events.threadOf(i)
        decision = this.decisionOf(cgroup, resource)
        isNobody = version === 0
        lastThread = thread
      }
      const isEarly = events.end[i]! > now && !isLast
      // Whose it is comes with the next look.
      if (isEarly || (isNobody && !this.#isOver(events.end[i]!, now, isLast)))
        this.#hold(events, i, events.low[i]!, events.high[i]!)
      else if (events.isEnd(i)) {
        if (this.#told.end(events.wordsOf(i), events.at[i]!)) chosen[count++] = i
        else if (hasAny(decision.undecided) && !this.#isOver(events.end[i]!, now, isLast))
          // Its calls may wait too, and be given out with it.
          this.#hold(events, i, 0, 0)
      } else if (this.#choose(events, i, decision, now, isLast)) chosen[count++] = i
    }
    this.#forgetDead()
    return chosen.subarray(0, count)
  }

  /** Whether a job is sure to want the call. Those that cannot tell get it later, if at all. */
  #choose(events: EventList, i: number, decision: Decision, now: number, isLast: boolean): boolean {
    const { wanted, undecided } = decision
    const [low, high] = [events.low[i]!, events.high[i]!]
    const certainLow = low & (wanted.low | this.followers.low)
    const certainHigh = high & (wanted.high | this.followers.high)
    const doubtfulLow = low & undecided.low & ~certainLow
    const doubtfulHigh = high & undecided.high & ~certainHigh
    if (doubtfulLow | doubtfulHigh) {
      if (this.#isOver(events.end[i]!, now, isLast))
        this.#lose(events.threadOf(i), { low: doubtfulLow, high: doubtfulHigh })
      else this.#hold(events, i, doubtfulLow, doubtfulHigh)
    }
    if (!(certainLow | certainHigh)) return false
    events.low[i] = certainLow
    events.high[i] = certainHigh
    this.#told.add(events.threadOf(i))
    return true
  }

  /** Whether what ended then may wait no longer. */
  #isOver(end: number, now: number, isLast: boolean): boolean {
    const { holdMs, maxHeld } = this.#limits
    return isLast || now - end > holdMs * 1e6 || this.#waiting.length >= maxHeld
  }

  #hold(events: EventList, i: number, low: number, high: number): void {
    const [all, at] = [events.wordsOf(i), events.at[i]!]
    // The memory of the rings is used again by the next look.
    const words = i < this.#copied ? all : all.slice(at, at + headedRecordWords(all, at))
    this.#waiting.push({ words, at: 0, thread: events.threadOf(i), end: events.end[i]!, low, high })
  }

  #lose({ resource }: ThreadFacts, jobs: JobSet): void {
    const key = `${jobs.low} ${jobs.high} ${resource?.id}`
    const known = this.#gaps.get(key)
    if (known) known.events++
    else this.#gaps.set(key, { jobs: toBits(jobs), resource, reason: 'unresolved', events: 1 })
  }

  #forgetDead(): void {
    for (const cgroup of this.#deadBefore) this.#decisions.delete(cgroup)
    this.#deadBefore = this.#dead
    this.#dead = []
  }
}

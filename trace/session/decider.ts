/** Which jobs get which events: what they think of each cgroup, and what waits until they can tell. */

import type { CgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { EventList } from '../events/event-list.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { ALL_JOBS, type Decision, hasAny, type JobSet, NO_JOBS } from '../requests/jobs.ts'
import { Chosen } from './chosen.ts'
import type { Incoming } from './incoming.ts'
import { sortedByRuns } from './order.ts'
import { Told } from './told.ts'

export interface WaitLimits {
  /** An event whose jobs cannot tell yet whether they want it waits so long at most, and so many wait at once. */
  readonly holdMs: number
  readonly maxHeld: number
}

interface DeciderOptions {
  readonly limits: WaitLimits
  /** Where events come from, and wait. */
  readonly incoming: Pick<Incoming, 'hold' | 'waiting'>
  /** Returns the opinions of the jobs on a cgroup of the resource. */
  decide(cgroup: CgroupKey, resource: Resource): Decision
  /** A call of the thread waited too long for these jobs, which may have wanted it. */
  lose(thread: ThreadFacts, jobs: JobSet): void
}

/** One look at what has come. */
interface Look {
  readonly events: EventList
  /** When it began. What ended later waits: something that ended earlier may still be on its way. */
  readonly now: number
  /** Jobs for which nothing waits any longer. */
  readonly last: JobSet
}

/** The decision on a cgroup that has no name yet. */
const NAMELESS: Decision = { wanted: NO_JOBS, undecided: ALL_JOBS }

export class Decider {
  readonly #options: DeciderOptions
  readonly #decisions = new Map<CgroupKey, Decision>()
  readonly #told = new Told()
  readonly #chosen = new Chosen()
  /** Cgroups that died lately: their decisions are forgotten with the second look. */
  #dead: CgroupKey[] = []
  #deadBefore: CgroupKey[] = []
  /** Jobs there are. */
  active: JobSet = NO_JOBS
  /** Jobs that follow a process: what they get needs no other reason. */
  followers: JobSet = NO_JOBS

  constructor(options: DeciderOptions) {
    this.#options = options
  }

  /** The decision is remembered until `forgetAll`. Nobody knows what to think of a cgroup without a name. */
  decisionOf(cgroup: CgroupKey, resource: Resource | undefined): Decision {
    if (resource === undefined) return NAMELESS
    const known = this.#decisions.get(cgroup)
    if (known !== undefined) return known
    const decision = this.#options.decide(cgroup, resource)
    this.#decisions.set(cgroup, decision)
    return decision
  }

  /** The jobs, or what they look at, have changed. */
  forgetAll(): void {
    this.#decisions.clear()
  }

  /** The jobs have ended. */
  forgetJobs(jobs: JobSet): void {
    this.#told.forget(jobs)
  }

  /** The cgroup is gone; calls made in it may still come with this look and the next. */
  bury(cgroup: CgroupKey): void {
    this.#dead.push(cgroup)
  }

  /** The events to give out; valid until the next look. The rest waits, or is lost. */
  choose(look: Look): Chosen {
    const { events, now } = look
    const chosen = this.#chosen
    chosen.reset(events.length)
    const order = sortedByRuns(events.end, events.length)
    let lastThread = -1
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
      const end = events.end[i]!
      // Whose it is comes with the next look.
      const mustWait = end > now || (isNobody && !this.#isOver(end, now))
      if (events.isEnd(i)) this.#chooseEnd(look, i, decision, mustWait)
      else this.#chooseCall(look, i, decision, mustWait)
    }
    this.#forgetDead()
    return chosen
  }

  /** Gives the call to the jobs that are sure to want it. Those that cannot tell get it later, if at all. */
  #chooseCall(
    { events, now, last }: Look,
    i: number,
    { wanted, undecided }: Decision,
    mustWait: boolean,
  ): void {
    const [low, high] = [events.low[i]! & this.active.low, events.high[i]! & this.active.high]
    let waitLow = mustWait ? low & ~last.low : 0
    let waitHigh = mustWait ? high & ~last.high : 0
    const sureLow = low & ~waitLow & (wanted.low | this.followers.low)
    const sureHigh = high & ~waitHigh & (wanted.high | this.followers.high)
    const doubtfulLow = low & ~waitLow & undecided.low & ~sureLow
    const doubtfulHigh = high & ~waitHigh & undecided.high & ~sureHigh
    if (doubtfulLow | doubtfulHigh) {
      const isOver = this.#isOver(events.end[i]!, now)
      const lost = {
        low: isOver ? doubtfulLow : doubtfulLow & last.low,
        high: isOver ? doubtfulHigh : doubtfulHigh & last.high,
      }
      if (hasAny(lost)) this.#options.lose(events.threadOf(i), lost)
      waitLow |= doubtfulLow & ~lost.low
      waitHigh |= doubtfulHigh & ~lost.high
    }
    const isSure = (sureLow | sureHigh) !== 0
    if (waitLow | waitHigh) this.#options.incoming.hold(i, waitLow, waitHigh, isSure)
    if (!isSure) return
    this.#chosen.add(i, sureLow, sureHigh)
    this.#told.add(events.threadOf(i), sureLow, sureHigh)
  }

  /** Gives the end of a thread to those that were given its calls, which may still wait. */
  #chooseEnd({ events, now, last }: Look, i: number, { undecided }: Decision, mustWait: boolean): void {
    const told = this.#told.end(events.wordsOf(i), events.at[i]!, mustWait ? last : ALL_JOBS)
    if (hasAny(told)) this.#chosen.add(i, told.low, told.high)
    const waiting = {
      low: this.active.low & ~last.low & ~told.low & (mustWait ? -1 : undecided.low),
      high: this.active.high & ~last.high & ~told.high & (mustWait ? -1 : undecided.high),
    }
    const isHeld = hasAny(waiting) && (mustWait || !this.#isOver(events.end[i]!, now))
    if (isHeld) this.#options.incoming.hold(i, 0, 0, hasAny(told))
  }

  /** Whether what ended then has waited too long, or too many wait. */
  #isOver(end: number, now: number): boolean {
    const { limits, incoming } = this.#options
    return now - end > limits.holdMs * 1e6 || incoming.waiting >= limits.maxHeld
  }

  #forgetDead(): void {
    for (const cgroup of this.#deadBefore) this.#decisions.delete(cgroup)
    this.#deadBefore = this.#dead
    this.#dead = []
  }
}

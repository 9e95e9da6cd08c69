/** Losses of those of whom a job cannot tell yet whether it wants them: it is told of them once it can, and of nobody's that it does not want. */
import type { CgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { LossReason } from '../events/events.ts'
import { type Decision, hasAny, type JobSet } from '../requests/jobs.ts'

interface Loss {
  readonly resource: Resource
  /** Those of the resource: which of them it was is not known. */
  readonly cgroups: readonly CgroupKey[]
  readonly reason: LossReason
  readonly events: number
}

interface Doubt extends Loss {
  /** Each of these may have wanted the events. */
  readonly jobs: JobSet
  readonly sinceNs: number
}

interface DoubtsOptions {
  /** A job that cannot tell for so long is told all the same: it may have lost something. */
  readonly holdMs: number
  decide(cgroup: CgroupKey, resource: Resource): Decision
  tell(jobs: JobSet, loss: Loss): void
}

/** More than there are containers with losses; those beyond are told at once. */
const MAX_DOUBTS = 4096

export class DoubtfulLosses {
  readonly #options: DoubtsOptions
  /** One for each resource, reason and set of jobs, however often it loses something. */
  #doubts = new Map<string, Doubt>()

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** Each of the jobs wanted the events when they were lost, or could not tell. */
  add(jobs: JobSet, loss: Loss, nowNs: number): void {
    this.#keep(this.#doubts, { ...loss, jobs, sinceNs: nowNs })
  }

  /** Tells what can be told by now. `last`: jobs for which nothing waits any longer. `followers`: what they get needs no other reason. */
  settle(nowNs: number, last: JobSet, followers: JobSet): void {
    if (this.#doubts.size === 0) return
    const kept = new Map<string, Doubt>()
    for (const doubt of this.#doubts.values()) {
      const { jobs } = doubt
      const isOver = nowNs - doubt.sinceNs > this.#options.holdMs * 1e6 || kept.size >= MAX_DOUBTS
      const { wanted, undecided } = this.#opinionOf(doubt)
      const waiting = isOver ? { low: 0, high: 0 } : without(undecided, last, wanted, followers)
      const told = {
        low: jobs.low & ~waiting.low & (wanted.low | undecided.low | followers.low),
        high: jobs.high & ~waiting.high & (wanted.high | undecided.high | followers.high),
      }
      if (hasAny(told)) this.#options.tell(told, doubt)
      const left = { low: jobs.low & waiting.low, high: jobs.high & waiting.high }
      if (hasAny(left)) this.#keep(kept, { ...doubt, jobs: left })
    }
    this.#doubts = kept
  }

  #keep(doubts: Map<string, Doubt>, doubt: Doubt): void {
    const { resource, reason, jobs } = doubt
    const key = `${resource.id} ${reason} ${jobs.low} ${jobs.high}`
    const known = doubts.get(key)
    doubts.set(key, known ? { ...known, events: known.events + doubt.events } : doubt)
  }

  /** Of all cgroups together. */
  #opinionOf({ resource, cgroups }: Doubt): Decision {
    const [wanted, undecided] = [
      { low: 0, high: 0 },
      { low: 0, high: 0 },
    ]
    for (const cgroup of cgroups) {
      const decision = this.#options.decide(cgroup, resource)
      wanted.low |= decision.wanted.low
      wanted.high |= decision.wanted.high
      undecided.low |= decision.undecided.low
      undecided.high |= decision.undecided.high
    }
    return { wanted, undecided }
  }
}

function without({ low, high }: JobSet, ...others: readonly JobSet[]): JobSet {
  return {
    low: others.reduce((left, other) => left & ~other.low, low),
    high: others.reduce((left, other) => left & ~other.high, high),
  }
}

/** Jobs: who wants which calls of whom. A set of jobs is 64 bits, here as two words, as it lies in the records. */

import type { Filter } from '../../kernel/tracing.ts'
import { ABIS } from '../../native/generated/layout.ts'
import { CALL_NUMBERS, JOBS } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { highWord, joinWords, lowWord } from '../../pipeline/data/u64.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { type Abi, syscallName } from '../../syscalls/tables/syscalls.ts'
import type { CallTest } from '../filters/call-test.ts'
import type { Wanted } from './targets.ts'

export interface JobSpec {
  /** For people: errors and logs. */
  readonly name: string
  /** Whether it wants calls of this name; asked once per call of each ABI. */
  wantsCall(name: string): boolean
  /**
   * Whether it wants what is done in this cgroup (by its path from the root of the hierarchy), which belongs to this resource;
   * `unknown`: cannot be told yet, so its calls wait a moment. Absent: no cgroup, only the processes it follows.
   */
  readonly wants?: (resource: Resource, path: string) => Wanted
  /** Processes and single threads, by ids in swoll's own pid namespace, which are followed with all their threads and the children they make. */
  readonly pids?: readonly number[]
  readonly filter?: Filter
  /** Calls that threads are in when it begins are shown to it at once, as not ended. Absent: only those that begin later. */
  readonly inFlight?: InFlightWish | undefined
  /** Whether a call is wanted after all, as far as the kernel side cannot tell. Absent: it is. */
  readonly isWanted?: CallTest | undefined
  /** Whether `wants` may answer otherwise than when this was asked last: pods have come, gone or changed. Absent: never. */
  readonly hasChanged?: (() => boolean) | undefined
}

export interface InFlightWish {
  /** Nothing else is wanted: neither their ends nor calls that begin later, and no call costs anything. */
  readonly isAlone: boolean
  /** How long they must have taken so far. Absent: any time. */
  readonly minNs?: number
  /** Is told that they cannot be shown, and why; absent: the job then does not begin. */
  fail?(error: unknown): void
}

export interface Job {
  readonly spec: JobSpec
  /** 0 to 63. */
  readonly number: number
}

/** A set of jobs: bit n of `low` is job n, bit n of `high` job 32 + n. */
export interface JobSet {
  readonly low: number
  readonly high: number
}
/** The opinions of all jobs on a cgroup. */
export interface Decision {
  readonly wanted: JobSet
  readonly undecided: JobSet
}

export const NO_JOBS: JobSet = { low: 0, high: 0 }
export const ALL_JOBS: JobSet = { low: -1, high: -1 }

/** The set of one job. */
export function setOf({ number }: Job): JobSet {
  return number < 32 ? { low: 1 << number, high: 0 } : { low: 0, high: 1 << (number - 32) }
}

export function hasAny({ low, high }: JobSet): boolean {
  return (low | high) !== 0
}

export function toBits({ low, high }: JobSet): bigint {
  return joinWords(low >>> 0, high >>> 0)
}

export function toJobSet(bits: bigint): JobSet {
  return { low: lowWord(bits) | 0, high: highWord(bits) | 0 }
}

export class Jobs {
  readonly #running = new Set<Job>()
  /** The number that was free longest comes first: calls in flight may still be for the job that had a number last. */
  readonly #free: number[] = Array.from({ length: JOBS }, (_, number) => number)

  get all(): readonly Job[] {
    return [...this.#running]
  }

  /** Throws TRACE_TOO_MANY_JOBS when 64 are running. */
  add(spec: JobSpec): Job {
    const number = this.#free.shift()
    if (number === undefined)
      throw new SwollError(
        'TRACE_TOO_MANY_JOBS',
        `${spec.name}: at most ${JOBS} jobs run at once; stop one first`,
      )
    const job = { spec, number }
    this.#running.add(job)
    return job
  }

  /** False: it was not running. */
  remove(job: Job): boolean {
    const isRunning = this.#running.delete(job)
    if (isRunning) this.#free.push(job.number)
    return isRunning
  }

  /** Returns the jobs that pass, as bits. */
  bits(passes: (job: Job) => boolean = () => true): bigint {
    let bits = 0n
    for (const job of this.#running) if (passes(job)) bits |= 1n << BigInt(job.number)
    return bits
  }

  /** Returns the jobs that want what is done in a cgroup of the resource, and those that cannot tell yet. */
  wanting(resource: Resource, path: string): Decision {
    const wanted = { low: 0, high: 0 }
    const undecided = { low: 0, high: 0 }
    for (const job of this.#running) {
      const answer = job.spec.wants?.(resource, path) ?? 'no'
      if (answer === 'no') continue
      const set = answer === 'yes' ? wanted : undecided
      const { low, high } = setOf(job)
      set.low |= low
      set.high |= high
    }
    return { wanted, undecided }
  }

  /** Per ABI and number, the jobs that want the call (jobs_by_call). The last number of an ABI stands for all that have no name. */
  byCall(abis: readonly (Abi | undefined)[]): BigUint64Array {
    const bits = new BigUint64Array(ABIS * CALL_NUMBERS)
    for (const [i, abi] of abis.entries()) {
      if (abi === undefined) continue
      for (let number = 0; number < CALL_NUMBERS; number++) {
        const name = syscallName(abi, number)
        bits[i * CALL_NUMBERS + number] = this.bits(job => job.spec.wantsCall(name))
      }
    }
    return bits
  }
}

/** Events that a job wanted and did not get: whose, why and how many. */
import { traceLostKeyLayout as layout, TRACE_REASONS } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { highWord, lowWord } from '../../pipeline/data/u64.ts'
import type { Gap, LossReason } from '../events/events.ts'

/** A loss as the kernel side tells it. */
interface KernelLoss {
  /** Each of these jobs lost the events. */
  readonly jobs: bigint
  /** Whose share of the rings it was; 0: nobody's in particular. */
  readonly owner: number
  readonly reason: LossReason
  readonly events: number
}

/** The kernel side's counters of losses. */
interface LossSource {
  readLost(): ArrayBuffer
  readLostTotals(): BigUint64Array
}

const ENTRY_WORDS = layout.size / 8 + 1
const ANY_JOB = 0xffff_ffff_ffff_ffffn

const nameOf = (reason: number): LossReason => TRACE_REASONS[reason]!.name

/** Tells at each look what was lost since the last. */
export class LossReader {
  readonly #source: LossSource
  readonly #before = new Map<string, bigint>()
  #totals: BigUint64Array = new BigUint64Array(TRACE_REASONS.length)

  constructor(source: LossSource) {
    this.#source = source
  }

  /** Empty, and cheap, when nothing was. What the kernel side had no room to tell apart is everybody's. */
  read(): KernelLoss[] {
    const totals = this.#source.readLostTotals()
    const missing = totals.map((total, reason) => total - this.#totals[reason]!)
    if (missing.every(count => count === 0n)) return []
    this.#totals = totals
    const losses: KernelLoss[] = []
    for (const { jobs, owner, reason, events } of this.#readEntries()) {
      missing[reason] = missing[reason]! - events
      losses.push({ jobs, owner, reason: nameOf(reason), events: Number(events) })
    }
    // An entry may be counted before its sum, or after: what is negative now is made up for at the next look.
    for (const [reason, count] of missing.entries()) {
      if (BigInt.asIntN(64, count) > 0n)
        losses.push({ jobs: ANY_JOB, owner: 0, reason: nameOf(reason), events: Number(count) })
      else this.#totals[reason] = this.#totals[reason]! - BigInt.asIntN(64, count)
    }
    return losses
  }

  /** Entries that have grown, each with what it has grown by. */
  *#readEntries(): Generator<{ jobs: bigint; owner: number; reason: number; events: bigint }> {
    const words = new BigUint64Array(this.#source.readLost())
    for (let at = 0; at + ENTRY_WORDS <= words.length; at += ENTRY_WORDS) {
      const jobs = words[at]!
      const tail = words[at + 1]!
      const count = words[at + 2]!
      const key = `${jobs} ${tail}`
      const events = count - (this.#before.get(key) ?? 0n)
      if (events <= 0n) continue
      this.#before.set(key, count)
      yield { jobs, owner: lowWord(tail), reason: highWord(tail), events }
    }
  }
}

/** Sums what one reader lost since it was told last: one gap for each container and reason, however its events were mixed. */
export class LossBook {
  readonly #gaps = new Map<string, Gap & { events: number }>()
  /** The gap that grew last: most events are lost behind one of the same container. */
  #recent: (Gap & { events: number }) | undefined

  add(resource: Resource | undefined, reason: LossReason, events: number): void {
    const recent = this.#recent
    const isSame = recent?.resource === resource && recent?.reason === reason
    const gap = isSame ? recent : this.#gapOf(resource, reason)
    gap.events += events
    this.#recent = gap
  }

  #gapOf(resource: Resource | undefined, reason: LossReason): Gap & { events: number } {
    const key = `${resource?.id} ${reason}`
    const gap = this.#gaps.get(key) ?? { resource, reason, events: 0 }
    this.#gaps.set(key, gap)
    return gap
  }

  /** The gaps since the last call. */
  take(): Gap[] {
    const gaps = [...this.#gaps.values()]
    this.#gaps.clear()
    this.#recent = undefined
    return gaps
  }
}

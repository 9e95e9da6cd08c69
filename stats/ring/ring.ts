/** The segments of the past, in few bytes: as collected for the last minutes, coarser before, the oldest dropped. */
import { combine } from './combine.ts'
import type { Segment } from './segment.ts'

interface RingOptions {
  /** The last segment is kept, however large. */
  readonly maxBytes: number
  readonly retentionMs: number
  /** Segments that come. */
  readonly onAdded: (segment: Segment) => void
  /** Segments that go, or become part of another, which has come before. */
  readonly onRemoved: (segment: Segment) => void
}

/** As collected for so long; then in steps of STEP_MS. */
const FINE_MS = 5 * 60_000
const STEP_MS = 60_000
/** Where bytes are short, pairs are put together, but for the latest segments. */
const UNTOUCHED = 3
/** More work than this is not done for one collection. */
const MOST_PAIRS = 2

export class Ring {
  readonly #options: RingOptions
  #segments: Segment[] = []
  #bytes = 0

  constructor(options: RingOptions) {
    this.#options = options
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  get bytes(): number {
    return this.#bytes
  }

  append(segment: Segment): void {
    this.#options.onAdded(segment)
    this.#segments.push(segment)
    this.#bytes += segment.bytes
    this.#coarsen(segment.endMs)
    const oldestMs = segment.endMs - this.#options.retentionMs
    while (this.#segments.length > 1 && this.#segments[0]!.endMs <= oldestMs) this.#drop()
    this.#shrink(segment.endMs)
  }

  clear(): void {
    while (this.#segments.length > 0) this.#drop()
  }

  /** What has left the fine part joins the segment before, within the same step. */
  #coarsen(nowMs: number): void {
    const stepOf = ({ startMs }: Segment) => Math.floor(startMs / STEP_MS)
    for (let i = 1; i < this.#segments.length; i++) {
      const [before, segment] = [this.#segments[i - 1]!, this.#segments[i]!]
      if (segment.endMs > nowMs - FINE_MS) return
      if (segment.endMs - before.startMs > STEP_MS || stepOf(before) !== stepOf(segment)) continue
      this.#join(i - 1)
      i--
    }
  }

  #shrink(nowMs: number): void {
    for (let pairs = 0; this.#bytes > this.#options.maxBytes && this.#segments.length > 1; pairs++) {
      const first = pairs < MOST_PAIRS ? this.#bestPair(nowMs) : undefined
      if (first === undefined) this.#drop()
      else this.#join(first)
    }
  }

  /** The pair that is shortest for its age: so steps grow with age. Undefined: there is none but the latest. */
  #bestPair(nowMs: number): number | undefined {
    let best: number | undefined
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i + 1 < this.#segments.length - UNTOUCHED; i++) {
      const [a, b] = [this.#segments[i]!, this.#segments[i + 1]!]
      const length = (b.endMs - a.startMs) / Math.max(1, nowMs - a.startMs)
      if (length < least) {
        least = length
        best = i
      }
    }
    return best
  }

  #join(first: number): void {
    const [a, b] = [this.#segments[first]!, this.#segments[first + 1]!]
    const joined = combine([a, b], { startMs: a.startMs, endMs: b.endMs })
    this.#options.onAdded(joined)
    this.#segments.splice(first, 2, joined)
    this.#bytes += joined.bytes - a.bytes - b.bytes
    for (const part of [a, b]) this.#options.onRemoved(part)
  }

  #drop(): void {
    const segment = this.#segments.shift()!
    this.#bytes -= segment.bytes
    this.#options.onRemoved(segment)
  }
}

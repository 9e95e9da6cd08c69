/** How long calls took: a histogram whose buckets are a sixteenth of a power of two wide. */
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'

const STEPS = 16
/** Below 16 each number has its own bucket; the last one begins shortly before 2^45 ns, 9.8 hours, and has all that is longer. */
const BUCKETS = 42 * STEPS

export class Latencies {
  readonly #buckets = new Uint32Array(BUCKETS)
  count = 0
  sumNs = 0
  minNs = Number.POSITIVE_INFINITY
  maxNs = 0

  add(ns: number): void {
    const bucket = bucketOf(ns)
    this.#buckets[bucket] = this.#buckets[bucket]! + 1
    this.count++
    this.sumNs += ns
    if (ns < this.minNs) this.minNs = ns
    if (ns > this.maxNs) this.maxNs = ns
  }

  /** Returns the time that a share of the calls (0 to 1) took at most: up to a sixteenth too much, and never more than the longest. */
  percentileNs(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count))
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS - 1; bucket++) {
      seen += this.#buckets[bucket]!
      if (seen >= rank) return Math.min(upperBound(bucket), this.maxNs)
    }
    return this.maxNs
  }
}

function bucketOf(ns: number): number {
  if (ns < STEPS) return Math.trunc(ns)
  const power = ns < TWO_TO_32 ? 31 - Math.clz32(ns) : 63 - Math.clz32(ns / TWO_TO_32)
  const step = Math.trunc((ns / 2 ** power - 1) * STEPS)
  return Math.min((power - 3) * STEPS + step, BUCKETS - 1)
}

function upperBound(bucket: number): number {
  if (bucket < STEPS) return bucket
  const power = Math.trunc(bucket / STEPS) + 3
  const step = bucket % STEPS
  return 2 ** power * (1 + (step + 1) / STEPS) - 1
}

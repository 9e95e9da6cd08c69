/**
 * Tells calls apart that several jobs were given. A thread makes one call at a time, so two of one thread that overlap in time are one: also
 * where two sessions have seen it, whose times differ a little.
 */
interface Seen {
  /** In order, and not overlapping. */
  readonly starts: number[]
  readonly ends: number[]
}

/** A job may get a call so much later than another: it waits for the name of a pod at most. */
const KEPT_NS = 10e9
const MAX_PER_THREAD = 32_768
const MAX_THREADS = 100_000

export class SeenCalls {
  readonly #threads = new Map<number, Seen>()
  /** Threads that have been quiet are forgotten when calls have come to end so late. */
  #sweepNs = 0

  /** Whether it is the first time. CLOCK_MONOTONIC, ns. */
  add(thread: number, start: number, end: number): boolean {
    if (end > this.#sweepNs) this.#forgetQuiet(end)
    const seen = this.#of(thread)
    const { starts, ends } = seen
    const at = firstAtLeast(ends, start)
    if (at < ends.length && starts[at]! <= end) return false
    if (at === ends.length) {
      starts.push(start)
      ends.push(end)
    } else {
      starts.splice(at, 0, start)
      ends.splice(at, 0, end)
    }
    if (ends.length > MAX_PER_THREAD || ends[0]! < end - 2 * KEPT_NS) forgetOld(seen, end - KEPT_NS)
    return true
  }

  /** Most threads live shortly, and what they did would stay. */
  #forgetQuiet(nowNs: number): void {
    this.#sweepNs = nowNs + KEPT_NS
    for (const [thread, { ends }] of this.#threads)
      if (ends.at(-1)! < nowNs - KEPT_NS) this.#threads.delete(thread)
  }

  /** Calls that are remembered. */
  get size(): number {
    let size = 0
    for (const { ends } of this.#threads.values()) size += ends.length
    return size
  }

  #of(thread: number): Seen {
    const known = this.#threads.get(thread)
    if (known !== undefined) return known
    if (this.#threads.size >= MAX_THREADS) this.#threads.delete(this.#threads.keys().next().value!)
    const seen = { starts: [], ends: [] }
    this.#threads.set(thread, seen)
    return seen
  }
}

/** The index of the first number that is not below `least`; all are in order. Most often it is behind them all. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length]
  if (high > 0 && numbers[high - 1]! < least) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

function forgetOld({ starts, ends }: Seen, before: number): void {
  let old = ends.findIndex(end => end >= before)
  if (old < 0) old = ends.length
  const gone = Math.max(old, ends.length - MAX_PER_THREAD / 2)
  starts.splice(0, gone)
  ends.splice(0, gone)
}

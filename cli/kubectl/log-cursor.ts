/** Where in a pod's log a reader is, so that it goes on there: the kubelet can begin at a second, and no finer. */
import { readTextLines } from '../../pipeline/text-lines.ts'

/** A longer line is none of swoll's. */
const LINE_LIMIT_BYTES = 32 * 2 ** 20
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /

export class LogCursor {
  #lastNs: bigint | undefined
  /** Lines that have come with the last time. */
  #atLast = 0
  /** Of the same time, lines that are to be passed over; undefined: all that has been is behind. */
  #skip: { readonly ns: bigint; count: number } | undefined

  /** For a request that goes on behind what was taken. */
  query(): { sinceTime?: string } {
    if (this.#lastNs === undefined) return {}
    this.#skip = { ns: this.#lastNs, count: this.#atLast }
    return { sinceTime: new Date(Number(this.#lastNs / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z') }
  }

  /** The text of a line with its time in front; undefined: it was taken before, or has no time. */
  take(line: string): string | undefined {
    const [stamp, seconds, fraction = '', zone] = STAMP.exec(line) ?? []
    if (stamp === undefined) return undefined
    const ns = BigInt(Date.parse(`${seconds}${zone}`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
    if (this.#hasTaken(ns)) return undefined
    this.#skip = undefined
    this.#atLast = ns === this.#lastNs ? this.#atLast + 1 : 1
    this.#lastNs = ns
    return line.slice(stamp.length)
  }

  #hasTaken(ns: bigint): boolean {
    if (this.#skip === undefined || ns > this.#skip.ns) return false
    if (ns < this.#skip.ns) return true
    return this.#skip.count-- > 0
  }
}

/** Whole lines of a body, without their ends; what is cut off at its end comes again. Throws RangeError for a line that never ends. */
export function readLogLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const tooLong = () => new RangeError(`a line must be of at most ${LINE_LIMIT_BYTES} bytes`)
  return readTextLines(body, LINE_LIMIT_BYTES, tooLong)
}

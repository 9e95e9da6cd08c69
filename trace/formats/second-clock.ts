/** Times for millions of lines a second: what is the same for all of a second is made once. */
import { constant, type JsonWriter } from '../../otlp/json/json-writer.ts'
import { joinWords, lowWord, TWO_TO_32 } from '../../pipeline/data/u64.ts'

const NS_PER_S = 1_000_000_000

export class SecondClock {
  readonly #print: (seconds: bigint) => string
  #offsetNs = 0n
  /** Where the second begins, in words of the times that are given; the upper one may be negative. */
  #low = 0
  #high = Number.POSITIVE_INFINITY
  #text = constant('')
  #isZero = false

  /** `print` makes what stands before the nine digits of the nanoseconds, but for 0: its digits have no zeros before them. */
  constructor(print: (seconds: bigint) => string) {
    this.#print = print
  }

  /** Sets the offset that is added to each time. */
  setOffset(ns: bigint): void {
    if (ns === this.#offsetNs) return
    this.#offsetNs = ns
    this.#high = Number.POSITIVE_INFINITY
  }

  /** A time in two words, ns: exact, however large it is. Needs room reserved. */
  write(w: JsonWriter, low: number, high: number): void {
    let within = (high - this.#high) * TWO_TO_32 + (low - this.#low)
    if (!(within >= 0 && within < NS_PER_S)) {
      this.#move(joinWords(low, high))
      within = (high - this.#high) * TWO_TO_32 + (low - this.#low)
    }
    w.fragment(this.#text, 0)
    // As an integer, of which remainders are many times as fast as those of a double.
    if (this.#isZero) w.unsigned(within, 0)
    else w.nine(within | 0)
  }

  #move(ns: bigint): void {
    const seconds = (ns + this.#offsetNs) / BigInt(NS_PER_S)
    const start = seconds * BigInt(NS_PER_S) - this.#offsetNs
    this.#low = lowWord(start)
    this.#high = Number(start >> 32n) // signed: the second may have begun before the clock did
    this.#text = constant(this.#print(seconds))
    this.#isZero = seconds === 0n
  }
}

/** `2026-11-24T05:51:33.`: RFC 3339 in UTC up to the fraction. */
export function toRfc3339Second(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.`
}

/** `2026-11-24T05:51:33.000000001Z`. */
export function toRfc3339(unixNs: bigint): string {
  const [seconds, ns] = [unixNs / BigInt(NS_PER_S), unixNs % BigInt(NS_PER_S)]
  return `${toRfc3339Second(seconds)}${String(ns).padStart(9, '0')}Z`
}

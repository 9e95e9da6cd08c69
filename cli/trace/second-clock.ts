/** Times of CLOCK_MONOTONIC as RFC 3339 in UTC, for millions of them a second: the date is made once for each second. */
import { constant } from '../../exporters/file/json-attributes.ts'
import type { Fragments } from '../../exporters/shared/fragments.ts'

const NS_PER_S = 1_000_000_000
const UINT32 = 2 ** 32

export class SecondClock {
  #offsetNs = 0n
  /** Where the second begins, in words of CLOCK_MONOTONIC; the upper one may be negative. */
  #low = 0
  #high = Number.POSITIVE_INFINITY
  #text = constant('')

  /** What to add to a time of CLOCK_MONOTONIC for Unix time. */
  setOffset(unixOffsetNs: bigint): void {
    if (unixOffsetNs === this.#offsetNs) return
    this.#offsetNs = unixOffsetNs
    this.#high = Number.POSITIVE_INFINITY
  }

  /** `2026-11-24T05:51:33.`, of the second in which the time is, whose words are given. */
  textOf(low: number, high: number): Fragments {
    const within = this.nanosecondsOf(low, high)
    if (!(within >= 0 && within < NS_PER_S)) this.#move((BigInt(high) << 32n) | BigInt(low))
    return this.#text
  }

  /** Nanoseconds since that second began; to be asked for after its text. */
  nanosecondsOf(low: number, high: number): number {
    return (high - this.#high) * UINT32 + (low - this.#low)
  }

  /** The whole time: `2026-11-24T05:51:33.000000001Z`. */
  format(ns: bigint): string {
    const unix = ns + this.#offsetNs
    return `${toSecond(unix / BigInt(NS_PER_S))}${String(unix % BigInt(NS_PER_S)).padStart(9, '0')}Z`
  }

  #move(ns: bigint): void {
    const seconds = (ns + this.#offsetNs) / BigInt(NS_PER_S)
    const start = seconds * BigInt(NS_PER_S) - this.#offsetNs
    this.#low = Number(start & 0xffff_ffffn)
    this.#high = Number(start >> 32n)
    this.#text = constant(toSecond(seconds))
  }
}

function toSecond(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.`
}

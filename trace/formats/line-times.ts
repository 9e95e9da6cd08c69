/** Times in front of lines and behind them, as strace has them (`-t`, `-tt`, `-ttt`, `-r`, `-T`). */
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { Display } from './format.ts'

const NS_PER_S = 1_000_000_000n
const NS_PER_US = 1000n

export class LineTimes {
  readonly #clock: Display['clock']
  readonly #isRelative: boolean
  #offsetNs = 0n
  #beforeNs: bigint | undefined
  /** The second that was printed last, and its text. */
  #second = -1n
  #text = ''

  constructor({ clock, isRelative }: Pick<Display, 'clock' | 'isRelative'>) {
    this.#clock = clock
    this.#isRelative = isRelative
  }

  /** Sets the offset of times to Unix time. */
  setOffset(ns: bigint): void {
    this.#offsetNs = ns
  }

  /** Returns the text in front of a call that began then (CLOCK_MONOTONIC), with a space behind it; empty where no time was asked for. */
  print(timeNs: bigint): string {
    const time = this.#clock === 'none' ? '' : `${this.#printClock(timeNs + this.#offsetNs)} `
    if (!this.#isRelative) return time
    const sinceNs = timeNs - (this.#beforeNs ?? timeNs)
    this.#beforeNs = timeNs
    const since = printSeconds(sinceNs).padStart(13)
    return time === '' ? `${since} ` : `${time}(+${since}) `
  }

  #printClock(unixNs: bigint): string {
    const second = unixNs / NS_PER_S
    const microseconds = String((unixNs % NS_PER_S) / NS_PER_US).padStart(6, '0')
    if (this.#clock === 'unix') return `${second}.${microseconds}`
    if (second !== this.#second) {
      this.#second = second
      this.#text = printTimeOfDay(new Date(Number(second) * 1000))
    }
    return this.#clock === 'seconds' ? this.#text : `${this.#text}.${microseconds}`
  }
}

/** ` <0.000012>`; ` <≥ 3.200000>` of a call that nobody saw begin. */
export function printDuration(ns: number, isAtLeast = false): string {
  return ` <${isAtLeast ? '≥ ' : ''}${printSeconds(BigInt(ns))}>`
}

const UNITS: readonly (readonly [atLeastS: number, unitS: number, unit: string])[] = [
  [2 * 86_400, 86_400, 'd'],
  [2 * 3600, 3600, 'h'],
  [300, 60, 'min'],
]

/** How long a call has taken so far, for people: `3.2 s`, `14 min`; `≥ 3.2 s` of one that nobody saw begin. */
export function printElapsed({
  durationNs,
  hasBegunUnseen,
}: Pick<ShownCall, 'durationNs' | 'hasBegunUnseen'>): string {
  const seconds = durationNs / 1e9
  const unit = UNITS.find(([atLeast]) => seconds >= atLeast)
  const text = unit
    ? `${Math.floor(seconds / unit[1])} ${unit[2]}`
    : `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`
  return `${hasBegunUnseen ? '≥ ' : ''}${text}`
}

/** `0.000012`; what began before the line before it, in another thread, is below 0. */
function printSeconds(ns: bigint): string {
  const us = (ns < 0n ? -ns : ns) / NS_PER_US
  return `${ns < 0n ? '-' : ''}${us / 1_000_000n}.${String(us % 1_000_000n).padStart(6, '0')}`
}

/** In the time zone of the reader. */
function printTimeOfDay(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
}

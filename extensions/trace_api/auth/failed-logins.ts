/** Failed logins by address: who guesses is made to wait, and forgets nothing by coming from the next address of the same network. */
import { isIPv6 } from 'node:net'
import type { Clock } from '../../../pipeline/clock.ts'

/** So many may fail at once, and one more after each of these times. */
const BURST = 10
const EVERY_MS = 6000
/** Least recently seen ones go first. */
const MAX_ADDRESSES = 4096

export class FailedLogins {
  readonly #clock: Clock
  /** When the address is as if nothing had failed. */
  readonly #clearAtMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the address must wait before it may try again; 0: not at all. */
  waitMs(address: string): number {
    return Math.max(0, this.#debtMs(networkOf(address)) - (BURST - 1) * EVERY_MS)
  }

  add(address: string): void {
    const network = networkOf(address)
    const clearAtMs = this.#clock.monotonicMs() + this.#debtMs(network) + EVERY_MS
    this.#clearAtMs.delete(network)
    this.#clearAtMs.set(network, clearAtMs)
    if (this.#clearAtMs.size > MAX_ADDRESSES) this.#clearAtMs.delete(this.#clearAtMs.keys().next().value!)
  }

  #debtMs(network: string): number {
    return Math.max(0, (this.#clearAtMs.get(network) ?? 0) - this.#clock.monotonicMs())
  }
}

/** Of IPv6 the first 64 bits: that much everybody gets. IPv4, also within IPv6, whole. */
function networkOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(bare)) return bare
  const [before = '', after] = bare.replace(/%.*$/, '').split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after ? after.split(':') : []
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail]
  return groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16))
    .join(':')
}

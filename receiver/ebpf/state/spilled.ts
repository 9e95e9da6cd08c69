/** Calls that the kernel could keep by syscall number only: new ones since the last look. */
import { ABIS, SPILLED_NUMBERS, spilledLayout } from '../../../native/generated/layout.ts'
import { TWO_TO_32 } from '../../../pipeline/data/u64.ts'

const WORDS = spilledLayout.size / 4
const CALLS = spilledLayout.calls / 4
const NS = spilledLayout.ns / 4
/** The last number stands for this number and all above it. */
export const SPILLED_REST = SPILLED_NUMBERS - 1

export class SpilledReader {
  /** Calls read so far. */
  total = 0
  readonly #seen: Uint32Array

  constructor(cpus: number) {
    this.#seen = new Uint32Array(cpus * ABIS * SPILLED_NUMBERS * WORDS)
  }

  /** Gives what is new in a `spilled_by_nr` table: ABI code, number, calls and ns. */
  read(live: Uint32Array, add: (abi: number, number: number, calls: number, ns: number) => void): void {
    for (let at = 0; at < this.#seen.length; at += WORDS) {
      // The kernel writes one after the other: the time of a call may come a look later.
      if (live[at + CALLS] === this.#seen[at + CALLS] && live[at + NS] === this.#seen[at + NS]) continue
      const calls = this.#advance(live, at + CALLS)
      const ns = this.#advance(live, at + NS)
      const entry = at / WORDS
      this.total += calls
      add(Math.floor(entry / SPILLED_NUMBERS) % ABIS, entry % SPILLED_NUMBERS, calls, ns)
    }
  }

  #advance(live: Uint32Array, at: number): number {
    const low = live[at]!
    const high = live[at + 1]!
    const delta = (high - this.#seen[at + 1]!) * TWO_TO_32 + (low - this.#seen[at]!)
    this.#seen[at] = low
    this.#seen[at + 1] = high
    return delta
  }
}

import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'

/** Rows of one table on their way into overflow series, a part of a merge once complete. */
export class Transfer {
  readonly #from: Measurements
  readonly #isSubtracted: boolean
  #target: Uint32Array | undefined

  constructor(from: Measurements, isSubtracted = false) {
    this.#from = from
    this.#isSubtracted = isSubtracted
  }

  /** Sends a row to the overflow series at `slot`. */
  send(row: number, slot: number): void {
    this.#target ??= new Uint32Array(this.#from.rows).fill(DROPPED)
    this.#target[row] = slot
  }

  /** None when nothing was sent. `shift` is added to the slots. */
  parts(shift = 0): MergePart[] {
    if (!this.#target) return []
    const target = this.writeTo(new Uint32Array(this.#from.rows).fill(DROPPED), shift)
    return [{ from: this.#from, target, isSubtracted: this.#isSubtracted }]
  }

  /** Writes the slots, and `shift` on top, into `target` for the rows that were sent. */
  writeTo(target: Uint32Array, shift: number): Uint32Array {
    const sent = this.#target
    if (!sent) return target
    for (let row = 0; row < sent.length; row++) if (sent[row] !== DROPPED) target[row] = sent[row]! + shift
    return target
  }
}

import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'

/** Rows of one table on their way to overflow series. */
export class Flow implements MergePart {
  readonly from: Measurements
  readonly isSubtracted: boolean
  #target: Uint32Array | undefined

  constructor(from: Measurements, isSubtracted = false) {
    this.from = from
    this.isSubtracted = isSubtracted
  }

  get isEmpty(): boolean {
    return this.#target === undefined
  }

  /** Per row: the slot it goes to, or DROPPED. */
  get target(): Uint32Array {
    this.#target ??= new Uint32Array(this.from.rows).fill(DROPPED)
    return this.#target
  }
}

/** Which instance of a component has which records: a reload has the new one start before the old one ends, and each record is to be sent once. */
import type { Settings } from './database.ts'

/** One instance. `onRecords` is told of logs with records that nobody has. */
export interface Holder {
  /** Of the file, as its storage has them; the latest instance's hold. */
  readonly settings: Settings
  onRecords(log: string): void
}

export class Claims {
  /** In the order in which they came. */
  readonly #holders = new Set<Holder>()
  readonly #holderOf = new Map<number, { readonly holder: Holder; readonly log: string }>()

  get latest(): Holder | undefined {
    return [...this.#holders].at(-1)
  }

  add(holder: Holder): void {
    this.#holders.add(holder)
  }

  /** The record is this instance's. */
  take(holder: Holder, log: string, id: number): void {
    this.#holderOf.set(id, { holder, log })
  }

  isTaken(id: number): boolean {
    return this.#holderOf.has(id)
  }

  /** The record is gone. */
  forget(id: number): void {
    this.#holderOf.delete(id)
  }

  /** The instance is gone: the latest of the others is told of what it leaves. */
  remove(holder: Holder): void {
    this.#holders.delete(holder)
    const left = [...this.#holderOf].filter(([, claim]) => claim.holder === holder)
    for (const [id] of left) this.#holderOf.delete(id)
    const heir = this.latest
    if (heir) for (const log of new Set(left.map(([, claim]) => claim.log))) heir.onRecords(log)
  }
}

import type { AttributeValue } from './attributes.ts'

/** Numbers for the values of one attribute, the same as long as the value is in use. 0 stands for `undefined`. */
export class ValueIds {
  readonly #ids = new Map<AttributeValue, number>()
  readonly #values: (AttributeValue | undefined)[] = [undefined]
  readonly #uses: number[] = [0]
  readonly #free: number[] = []

  /** The numbers of a dictionary's values; new ones for those it did not know. `sweep` takes back what found no use. */
  idsOf(values: readonly (AttributeValue | undefined)[]): Uint32Array {
    return Uint32Array.from(values, value => this.#idOf(value))
  }

  /** Values by number; undefined where a number is free. */
  get all(): readonly (AttributeValue | undefined)[] {
    return this.#values
  }

  valueOf(id: number): AttributeValue | undefined {
    return this.#values[id]
  }

  isUsed(id: number): boolean {
    return this.#uses[id] !== 0
  }

  retain(id: number): void {
    this.#uses[id]!++
  }

  /** The last user's release frees the number for another value. */
  release(id: number): void {
    this.#uses[id]!--
    this.#forgetUnused(id)
  }

  sweep(ids: Uint32Array): void {
    for (const id of ids) this.#forgetUnused(id)
  }

  #idOf(value: AttributeValue | undefined): number {
    if (value === undefined) return 0
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    const id = this.#free.pop() ?? this.#values.length
    this.#ids.set(value, id)
    this.#values[id] = value
    this.#uses[id] = 0
    return id
  }

  #forgetUnused(id: number): void {
    const value = this.#values[id]
    if (this.#uses[id] !== 0 || value === undefined) return
    this.#ids.delete(value)
    this.#values[id] = undefined
    this.#free.push(id)
  }
}

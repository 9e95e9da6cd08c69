/** Small numbers for names, the same while anybody refers to them. */

/** Numbers have 16 bits: two of them are one key of a row. */
const MOST_NAMES = 0x1_0000
/** The number of whatever found no free one. */
const UNNAMED = 0

export class Names<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: (T | undefined)[]
  readonly #keys: string[] = ['']
  readonly #uses: number[] = [1]
  readonly #free: number[] = []

  /** `unnamed` is the value of the number that stands for all that found no number. */
  constructor(unnamed: T) {
    this.#values = [unnamed]
  }

  /** Values by number; undefined where a number is free. */
  get values(): readonly (T | undefined)[] {
    return this.#values
  }

  /** The number of the value that has this key; UNNAMED where all are in use. It is the value's once retained. */
  numberOf(key: string, make: () => T): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#free.pop() ?? this.#values.length
    if (number >= MOST_NAMES) return UNNAMED
    this.#numbers.set(key, number)
    this.#values[number] = make()
    this.#keys[number] = key
    this.#uses[number] = 0
    return number
  }

  retain(numbers: Iterable<number>): void {
    for (const number of numbers) this.#uses[number]!++
  }

  release(numbers: Iterable<number>): void {
    for (const number of numbers) {
      this.#uses[number]!--
      this.#forgetUnused(number)
    }
  }

  #forgetUnused(number: number): void {
    if (this.#uses[number] !== 0 || this.#values[number] === undefined) return
    this.#numbers.delete(this.#keys[number]!)
    this.#values[number] = undefined
    this.#keys[number] = ''
    this.#free.push(number)
  }
}

/** Kinds of counted calls: name and ABI, and whether they failed, or were denied with which errno. Small numbers stand for them. */
import type { MetricTable } from '../pipeline/data/metrics.ts'
import { OVERFLOW_KEY } from '../pipeline/data/series-index.ts'

export interface Kind {
  /** Undefined: a folded row, of calls without names. */
  readonly name: string | undefined
  readonly abi: string
  readonly isError: boolean
  /** The errno, or '' if the row has none; undefined: the calls were let through. */
  readonly denied: string | undefined
}

const KEYS = ['syscall.name', 'syscall.abi', 'error.type', 'syscall.outcome', OVERFLOW_KEY] as const

export class Kinds {
  readonly #numbers = new Map<string, number>()
  readonly #kinds: Kind[] = []
  readonly #nativeAbi: string

  constructor(nativeAbi: string = process.arch === 'arm64' ? 'arm64' : 'x86_64') {
    this.#nativeAbi = nativeAbi
  }

  get(number: number): Kind {
    return this.#kinds[number]!
  }

  /** Returns the number of each row's kind. Texts are looked at once for each set of values that rows have. */
  reader({ attributes }: Pick<MetricTable, 'attributes'>): (row: number) => number {
    const columns = KEYS.map(key => attributes.find(column => column.key === key))
    const present = columns.filter(column => column !== undefined)
    const known = new Map<number, number>()
    return row => {
      // Dictionaries have hundreds of values at most: the product stays far below 2^53.
      let set = 0
      for (const { values, codes } of present) set = set * values.length + codes[row]!
      let number = known.get(set)
      if (number === undefined) {
        number = this.#numberOf(columns.map(column => column?.values[column.codes[row]!]))
        known.set(set, number)
      }
      return number
    }
  }

  #numberOf([name, abi, error, outcome, isFolded]: readonly unknown[]): number {
    const errno = error === undefined ? '' : String(error)
    const kind: Kind = {
      name: name === undefined ? undefined : String(name),
      abi: abi === undefined ? this.#nativeAbi : String(abi),
      isError: errno !== '' && isFolded !== true,
      denied: outcome === 'denied' ? errno : undefined,
    }
    const key = JSON.stringify(kind)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#kinds.length)
    return this.#kinds.push(kind) - 1
  }
}

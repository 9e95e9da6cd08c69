/**
 * The labels of a block's rows in the order of their names, as remote write asks for ("Labels MUST be sorted", Prometheus
 * Remote-Write 1.0 and 2.0). Rows are sorted by what names they have, of which a block knows a few, and never by themselves.
 */
import type { LabelGroup } from '../shared/prometheus/label-columns.ts'
import type { LabelPool } from './label-pool.ts'

const NAME = '__name__'

/** Where a label comes from: the `index`-th of a group, or the name of the metric, which has group -1. */
interface Place {
  readonly group: number
  readonly index: number
}

export class RowLabels {
  readonly #groups: readonly LabelGroup[]
  /** By group and code: the numbers of its labels. */
  readonly #ids: readonly (readonly Uint32Array[])[]
  /** By group and code: the number of the list of its labels' names, among those of the group. */
  readonly #shapes: readonly Uint32Array[]
  /** By group: how many such lists there are. */
  readonly #shapeCounts: readonly number[]
  /** Whether rows of other names always have another key: of very many groups, doubles have not enough digits. */
  readonly #hasKeys: boolean
  readonly #orders = new Map<number, readonly Place[]>()

  constructor(groups: readonly LabelGroup[], pool: LabelPool) {
    this.#groups = groups
    this.#ids = groups.map(({ labels }) =>
      labels.map(list => Uint32Array.from(list, label => pool.id(label))),
    )
    const shapes = groups.map(toShapes)
    this.#shapes = shapes.map(({ of }) => of)
    this.#shapeCounts = shapes.map(({ count }) => count)
    this.#hasKeys = this.#shapeCounts.reduce((all, count) => all * count, 1) <= Number.MAX_SAFE_INTEGER
  }

  /** Most labels that a row has, with its name. */
  get most(): number {
    const longest = this.#ids.map(lists => lists.reduce((most, { length }) => Math.max(most, length), 0))
    return longest.reduce((sum, length) => sum + length, 1)
  }

  /** Puts the numbers of the row's labels and of its name into `out`, by name; returns how many. */
  read(row: number, nameId: number, out: Uint32Array): number {
    let key = 0
    for (let g = 0; g < this.#groups.length; g++)
      key = key * this.#shapeCounts[g]! + this.#shapes[g]![this.#groups[g]!.codes[row]!]!
    let order = this.#hasKeys ? this.#orders.get(key) : undefined
    if (order === undefined) {
      order = this.#sort(row)
      if (this.#hasKeys) this.#orders.set(key, order)
    }
    for (let i = 0; i < order.length; i++) {
      const { group, index } = order[i]!
      out[i] = group < 0 ? nameId : this.#ids[group]![this.#groups[group]!.codes[row]!]![index]!
    }
    return order.length
  }

  #sort(row: number): Place[] {
    const places = this.#groups.flatMap(({ codes, labels }, group) =>
      labels[codes[row]!]!.map(([name], index) => ({ name, group, index })),
    )
    const all = [{ name: NAME, group: -1, index: 0 }, ...places]
    return all.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** Per code the number of the list of its labels' names, from 0, and how many such lists there are. */
function toShapes({ labels }: LabelGroup): { readonly of: Uint32Array; readonly count: number } {
  const numbers = new Map<string, number>()
  const of = Uint32Array.from(labels, list => {
    const names = list.map(([name]) => name).join()
    if (!numbers.has(names)) numbers.set(names, numbers.size)
    return numbers.get(names)!
  })
  return { of, count: numbers.size }
}

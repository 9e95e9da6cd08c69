/** Finding rows of equal labels without building a text per row. */
import type { Block } from './block.ts'
import type { LabelGroup, Labels } from './label-columns.ts'

/** A label list as text; equal lists in equal order give equal texts, others do not. */
export function toText(labels: Labels): string {
  return JSON.stringify(labels)
}

/** The rows of several blocks, one after the other, with a 64-bit hash that does not depend on the order of labels. */
export class HashedRows {
  readonly count: number
  /** By block: its first row. */
  readonly start: readonly number[]
  readonly low: Uint32Array
  readonly #high: Uint32Array
  readonly #block: Uint16Array
  readonly #blocks: readonly Block[]
  readonly #known = new Map<string, { readonly id: number; readonly low: number; readonly high: number }>()
  /** By block and group: code → number of its labels' text. */
  readonly #ids: readonly (readonly Uint32Array[])[]

  constructor(blocks: readonly Block[]) {
    let count = 0
    this.start = blocks.map(({ rows }) => {
      count += rows
      return count - rows
    })
    this.count = count
    this.low = new Uint32Array(count)
    this.#high = new Uint32Array(count)
    this.#block = new Uint16Array(count)
    this.#blocks = blocks
    this.#ids = blocks.map((block, b) => {
      this.#block.fill(b, this.start[b]!, this.start[b]! + block.rows)
      return block.groups.map(group => this.#hashGroup(group, this.start[b]!, block.rows))
    })
  }

  #hashGroup({ codes, labels }: LabelGroup, start: number, rows: number): Uint32Array {
    const entries = labels.map(list => {
      const text = toText(list)
      let entry = this.#known.get(text)
      if (entry === undefined) {
        entry = {
          id: this.#known.size,
          low: hashLabels(list, 0x811c_9dc5),
          high: hashLabels(list, 0x2545_f491),
        }
        this.#known.set(text, entry)
      }
      return entry
    })
    const low = Uint32Array.from(entries, entry => entry.low)
    const high = Uint32Array.from(entries, entry => entry.high)
    for (let row = 0; row < rows; row++) {
      const code = codes[row]!
      this.low[start + row]! += low[code]!
      this.#high[start + row]! += high[code]!
    }
    return Uint32Array.from(entries, entry => entry.id)
  }

  /** True when rows `a` and `b` have the same labels. */
  isSame(a: number, b: number): boolean {
    if (this.low[a] !== this.low[b] || this.#high[a] !== this.#high[b]) return false
    return this.#hasSameIds(a, b) || this.#sortedLabels(a) === this.#sortedLabels(b)
  }

  /** Enough, but not necessary: blocks may group their labels differently. */
  #hasSameIds(a: number, b: number): boolean {
    const [blockA, blockB] = [this.#block[a]!, this.#block[b]!]
    const [groupsA, groupsB] = [this.#blocks[blockA]!.groups, this.#blocks[blockB]!.groups]
    if (groupsA.length !== groupsB.length) return false
    for (let g = 0; g < groupsA.length; g++) {
      const idA = this.#ids[blockA]![g]![groupsA[g]!.codes[a - this.start[blockA]!]!]
      const idB = this.#ids[blockB]![g]![groupsB[g]!.codes[b - this.start[blockB]!]!]
      if (idA !== idB) return false
    }
    return true
  }

  #sortedLabels(row: number): string {
    const block = this.#block[row]!
    return toText(
      this.#blocks[block]!.rowLabels(row - this.start[block]!).toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
    )
  }
}

/** Sum of the labels' FNV-1a hashes, each stirred, so that the order of labels does not matter. */
function hashLabels(labels: Labels, seed: number): number {
  let sum = 0
  for (const [name, value] of labels) {
    let hash = seed
    for (const text of [name, '\0', value])
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
    sum = (sum + (hash ^ (hash >>> 13))) | 0
  }
  return sum >>> 0
}

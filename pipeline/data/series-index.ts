import type { AttributeValue } from './attributes.ts'
import { DROPPED } from './merge-part.ts'
import type { AttributeColumn, MetricTable } from './metrics.ts'
import { equalKeys, hashRow, type RowKeys, translateCodes } from './row-keys.ts'
import { selectValues } from './select-rows.ts'
import { ValueIds } from './value-ids.ts'

/** OpenTelemetry's mark of a series that took what was over a cardinality limit; its value is `true`. */
export const OVERFLOW_KEY = 'otel.metric.overflow'

const FIRST_CAPACITY = 1024
const NONE = DROPPED

/** The half of a table that says whose its rows are. */
type Labelled = Pick<MetricTable, 'rows' | 'resource' | 'attributes'>

/**
 * Numbers for series, the same in every batch until removed, then free for another series. A series is an owner and its
 * attributes, compared value by value through interned numbers: no string is built, and a hash decides nothing alone.
 * Memory: 4 bytes per attribute and 20 more for each series at the highest number there has been at once, doubled at most.
 */
export class SeriesIndex {
  /** Below this are all numbers that can be in use. */
  capacity = FIRST_CAPACITY
  /** Series known now. */
  size = 0
  /** Attribute keys met so far; the first stands for the owner. */
  readonly #names: string[] = ['']
  readonly #values: ValueIds[] = [new ValueIds()]
  /** Per key: value number by series. */
  #columns: Uint32Array<ArrayBuffer>[] = [new Uint32Array(FIRST_CAPACITY)]
  #hashes = new Uint32Array(FIRST_CAPACITY)
  /** Chains of series with the same hash modulo capacity: number + 1, 0 at the end. */
  #heads = new Uint32Array(FIRST_CAPACITY)
  #next = new Uint32Array(FIRST_CAPACITY)
  /** The series of the last table by row, removed ones among them; and by series, its last row. */
  #order = new Uint32Array(0)
  #position = new Uint32Array(FIRST_CAPACITY)
  readonly #free: number[] = []
  #top = 0

  /**
   * The number of each row's series. New series are added. `owners`: by resource of the table; rows of one without an owner
   * are in no series, and get DROPPED. The result is not to be written to.
   */
  identify(table: Labelled, owners: readonly (AttributeValue | undefined)[]): Uint32Array {
    for (const { key } of table.attributes) this.#addKey(key)
    const ids = this.#names.map((name, c) => {
      const values = c === 0 ? owners : columnOf(table, name)?.values
      return values ? this.#values[c]!.idsOf(values) : undefined
    })
    const keys = ids.map((dictionary, c) => {
      const out = new Uint32Array(table.rows)
      const codes = c === 0 ? table.resource : columnOf(table, this.#names[c]!)?.codes
      return dictionary && codes ? translateCodes(codes, dictionary, out) : out
    })
    const series = this.#findAll(keys, table.rows)
    ids.forEach((dictionary, c) => {
      if (dictionary) this.#values[c]!.sweep(dictionary)
    })
    return series
  }

  /** Number of the owner of a series, above 0; free for another once the last series of the owner is removed. */
  ownerNumber(series: number): number {
    return this.#columns[0]![series]!
  }

  /** Returns the owner of a series, as `identify` was told. */
  ownerOf(series: number): AttributeValue {
    return this.#values[0]!.valueOf(this.ownerNumber(series))!
  }

  /** Attributes of a table whose row i is of series `series[i]`. Dictionaries hold what the rows need. */
  attributesOf(series: Uint32Array): AttributeColumn[] {
    const columns = this.#names.slice(1).map((key, c) => {
      return selectValues(key, this.#values[c + 1]!.all, this.#columns[c + 1]!, series)
    })
    return columns.filter(({ values }) => values.some(value => value !== undefined))
  }

  /** Removes all series but those with `isKept[series]` not 0. */
  retain(isKept: Uint8Array): void {
    let kept = 0
    for (let series = 0; series < isKept.length; series++) kept += isKept[series]!
    if (kept === this.size) return
    for (let bucket = 0; bucket < this.capacity; bucket++)
      for (let at = this.#heads[bucket]!; at !== 0; ) {
        const series = at - 1
        at = this.#next[series]!
        if (!isKept[series]) this.remove(series)
      }
  }

  /** True when its only attribute is `otel.metric.overflow`: somebody upstream has folded series together already. */
  isOverflow(series: number): boolean {
    const mark = this.#names.indexOf(OVERFLOW_KEY, 1)
    return mark > 0 && this.#columns.every((column, c) => c === 0 || (column[series] !== 0) === (c === mark))
  }

  /** True when it was the last series of its owner. */
  remove(series: number): boolean {
    const owner = this.ownerNumber(series)
    const bucket = this.#hashes[series]! & (this.capacity - 1)
    if (this.#heads[bucket] === series + 1) this.#heads[bucket] = this.#next[series]!
    else {
      let at = this.#heads[bucket]! - 1
      while (this.#next[at] !== series + 1) at = this.#next[at]! - 1
      this.#next[at] = this.#next[series]!
    }
    this.#columns.forEach((column, c) => {
      this.#values[c]!.release(column[series]!)
    })
    this.#columns[0]![series] = NONE // like no row, wherever #order has it
    this.#free.push(series)
    this.size--
    return !this.#values[0]!.isUsed(owner)
  }

  #addKey(key: string): void {
    if (this.#names.includes(key, 1)) return
    this.#names.push(key)
    this.#values.push(new ValueIds())
    this.#columns.push(new Uint32Array(this.capacity))
  }

  /** Batches have their rows in much the same order: where a row was is looked first, then after the row before. */
  #findAll(keys: RowKeys, rows: number): Uint32Array {
    const isMoved = this.#findMoved(keys, rows)
    if (!isMoved.includes(1)) return this.#order
    const found = new Uint32Array(rows)
    let expected = 0
    for (let row = 0; row < rows; row++) {
      if (isMoved[row] === 0) expected = row
      const guess = this.#order[expected] ?? NONE
      const isRight = isMoved[row] === 0 || (guess !== NONE && equalKeys(keys, row, this.#columns, guess))
      const hasOwner = keys[0]![row] !== 0
      const series = isRight ? guess : hasOwner ? this.#find(keys, row, hashRow(keys, row)) : NONE
      if (!isRight && hasOwner) expected = this.#position[series]!
      expected++
      found[row] = series
    }
    for (let row = 0; row < rows; row++) if (found[row] !== NONE) this.#position[found[row]!] = row
    this.#order = found
    return found
  }

  /** Per row 1: another series than in the last table. All are if that had more or fewer rows. Column by column, which is quick. */
  #findMoved(keys: RowKeys, rows: number): Uint8Array {
    const isMoved = new Uint8Array(rows)
    const order = this.#order
    if (order.length !== rows) return isMoved.fill(1)
    keys.forEach((key, c) => {
      const column = this.#columns[c]!
      for (let row = 0; row < rows; row++) if (key[row] !== column[order[row]!]) isMoved[row] = 1
    })
    return isMoved
  }

  #find(keys: RowKeys, row: number, hash: number): number {
    let at = this.#heads[hash & (this.capacity - 1)]!
    while (at !== 0 && !(this.#hashes[at - 1] === hash && equalKeys(keys, row, this.#columns, at - 1)))
      at = this.#next[at - 1]!
    return at === 0 ? this.#add(keys, row, hash) : at - 1
  }

  #add(keys: RowKeys, row: number, hash: number): number {
    const series = this.#free.pop() ?? this.#top++
    if (series >= this.capacity) this.#grow()
    keys.forEach((column, c) => {
      this.#columns[c]![series] = column[row]!
      this.#values[c]!.retain(column[row]!)
    })
    this.#hashes[series] = hash
    this.#link(series)
    this.size++
    return series
  }

  #link(series: number): void {
    const bucket = this.#hashes[series]! & (this.capacity - 1)
    this.#next[series] = this.#heads[bucket]!
    this.#heads[bucket] = series + 1
  }

  /** Only called when every number below capacity is in use. */
  #grow(): void {
    const old = this.capacity
    this.capacity *= 2
    this.#columns = this.#columns.map(column => resize(column, this.capacity))
    this.#hashes = resize(this.#hashes, this.capacity)
    this.#position = resize(this.#position, this.capacity)
    this.#next = new Uint32Array(this.capacity)
    this.#heads = new Uint32Array(this.capacity)
    for (let series = 0; series < old; series++) this.#link(series)
  }
}

function columnOf(table: Labelled, key: string) {
  return table.attributes.find(column => column.key === key)
}

/** The numbers in `length` entries, zeros after them. `from` is not to be used any more. */
function resize(from: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(from.buffer.transfer(4 * length))
}

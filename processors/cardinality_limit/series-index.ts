import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/overflow.ts'
import { equalKeys, hashRows, type RowKeys, translateCodes } from '../../pipeline/data/row-keys.ts'
import { ValueIds } from './value-ids.ts'

const FIRST_CAPACITY = 1024
const NONE = 0xffff_ffff

/**
 * Numbers for series, the same in every batch until removed, then free for another series. A series is a resource id and
 * its attributes, compared value by value through interned numbers: no string is built, and a hash decides nothing alone.
 * Memory: 4 bytes per attribute and 20 more for each series at the highest number there has been at once, doubled at most.
 */
export class SeriesIndex {
  /** Below this are all numbers that can be in use. */
  capacity = FIRST_CAPACITY
  /** Series known now. */
  size = 0
  /** Attribute keys met so far; the first stands for the resource. */
  readonly #names: string[] = ['']
  readonly #values: ValueIds[] = [new ValueIds()]
  /** Per key: value number by series. */
  #columns: Uint32Array[] = [new Uint32Array(FIRST_CAPACITY)]
  #hashes = new Uint32Array(FIRST_CAPACITY)
  /** Chains of series with the same hash modulo capacity: number + 1, 0 at the end. */
  #heads = new Uint32Array(FIRST_CAPACITY)
  #next = new Uint32Array(FIRST_CAPACITY)
  /** The series of the last table by row, NONE where it was removed; and by series, its row. */
  #order = new Uint32Array(0)
  #position = new Uint32Array(FIRST_CAPACITY)
  readonly #free: number[] = []
  #top = 0

  /** The number of each row's series. New series are added. */
  identify(table: MetricTable, resources: readonly Resource[]): Uint32Array {
    for (const { key } of table.attributes) this.#addKey(key)
    const ids = this.#names.map((name, c) => {
      const values = c === 0 ? resources.map(({ id }) => id) : columnOf(table, name)?.values
      return values ? this.#values[c]!.idsOf(values) : undefined
    })
    const keys = ids.map((dictionary, c) => {
      const out = new Uint32Array(table.rows)
      const codes = c === 0 ? table.resource : columnOf(table, this.#names[c]!)?.codes
      return dictionary && codes ? translateCodes(codes, dictionary, out) : out
    })
    const hashes = hashRows(keys, table.rows)
    const series = this.#findAll(keys, hashes)
    ids.forEach((dictionary, c) => {
      if (dictionary) this.#values[c]!.sweep(dictionary)
    })
    return series
  }

  /** Number of the resource of a series, above 0; free for another once the last series of the resource is removed. */
  ownerOf(series: number): number {
    return this.#columns[0]![series]!
  }

  /** True when its only attribute is `otel.metric.overflow`: somebody upstream has folded series together already. */
  isOverflow(series: number): boolean {
    const mark = this.#names.indexOf(OVERFLOW_KEY, 1)
    return mark > 0 && this.#columns.every((column, c) => c === 0 || (column[series] !== 0) === (c === mark))
  }

  /** True when it was the last series of its resource. */
  remove(series: number): boolean {
    const owner = this.ownerOf(series)
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
    if (this.#order[this.#position[series]!] === series) this.#order[this.#position[series]!] = NONE
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

  /** Batches have their rows in much the same order: the successor of the row before is tried first. */
  #findAll(keys: RowKeys, hashes: Uint32Array): Uint32Array {
    const found = new Uint32Array(hashes.length)
    let expected = 0
    for (let row = 0; row < hashes.length; row++) {
      const guess = this.#order[expected] ?? NONE
      const isRight = guess !== NONE && equalKeys(keys, row, this.#columns, guess)
      const series = isRight ? guess : this.#find(keys, row, hashes[row]!)
      if (!isRight) expected = this.#position[series]!
      expected++
      found[row] = series
    }
    for (let row = 0; row < found.length; row++) this.#position[found[row]!] = row
    this.#order = found.slice()
    return found
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

function columnOf(table: MetricTable, key: string) {
  return table.attributes.find(column => column.key === key)
}

function resize(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length)
  to.set(from)
  return to
}
